import type { Exchange } from "../http/exchange.ts";
import { isGrpc } from "./grpc-reply.ts";

/** gRPC over HTTP/2, `Timeout`: eight digits at most, and a unit. */
const TIMEOUT = /^([0-9]{1,8})([HMSmun])$/;
const MOST = 99_999_999;

/** Units by the milliseconds that they have, the finest first. */
const UNITS: readonly (readonly [unit: string, milliseconds: number])[] = [
  ["n", 1e-6],
  ["u", 1e-3],
  ["m", 1],
  ["S", 1_000],
  ["M", 60_000],
  ["H", 3_600_000],
];
const MILLISECONDS: ReadonlyMap<string, number> = new Map(UNITS);

/** Milliseconds; undefined for what is no timeout. 0, which the grammar does not have, is what clients write that are late. */
export function parseGrpcTimeout(text: string): number | undefined {
  const [, digits, unit] = TIMEOUT.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * (MILLISECONDS.get(unit as string) as number);
}

/** As exact as eight digits allow, and never more than is given. @param milliseconds above 0 */
export function grpcTimeoutText(milliseconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => milliseconds / each <= MOST) ?? ["H", milliseconds / MOST];
  return `${Math.max(1, Math.floor(milliseconds / size))}${unit}`;
}

/**
 * How long a gRPC client waits for the end of an exchange, in milliseconds from its beginning; undefined where it does not
 * say. Only HTTP/2 carries gRPC.
 */
export function grpcTimeoutOf({ request, connection }: Exchange): number | "malformed" | undefined {
  if (connection.protocol !== "HTTP/2") return undefined;
  const { fields } = request;
  const text = fields.get("grpc-timeout");
  if (text === undefined || !isGrpc(fields)) return undefined;
  return (fields.values("grpc-timeout").length === 1 ? parseGrpcTimeout(text) : undefined) ?? "malformed";
}

/** Tells the backend how long it has: what is left, or less where a filter says so. One that filters took away stays away. @param left milliseconds, above 0 */
export function passOnGrpcTimeout({ request }: Exchange, left: number): void {
  const text = request.fields.get("grpc-timeout");
  if (text === undefined || (parseGrpcTimeout(text) ?? Number.POSITIVE_INFINITY) <= left) return;
  request.fields.set("grpc-timeout", grpcTimeoutText(left));
}
