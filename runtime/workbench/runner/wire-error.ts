import { HeddleError, isHeddleError, messageOf } from "../../errors.ts";
import type { WireError } from "./messages.ts";

/** An error as plain data: between processes a class is lost. */
export function toWire(error: unknown): WireError {
  if (!isHeddleError(error)) return { code: undefined, message: messageOf(error), where: undefined, remedy: undefined };
  const { code, message, where, remedy } = error;
  return { code, message, where, remedy };
}

export function fromWire({ code, message, where, remedy }: WireError): Error {
  if (code === undefined) return new Error(message);
  return new HeddleError(code, message, {
    ...(where !== undefined && { where }),
    ...(remedy !== undefined && { remedy }),
  });
}
