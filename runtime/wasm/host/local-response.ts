import type { LocalResponseCapability } from "../abi/capabilities.ts";
import type { HookContext } from "./context.ts";
import { fieldName, isFieldValue } from "./field-grammar.ts";
import { printableLine } from "./printable-line.ts";
import { isFinalStatus } from "./response.ts";

const MAX_FIELDS = 100;
const MAX_FIELD_BYTES = 64 * 1024;
const MAX_BODY = 1024 * 1024;
const MAX_DETAIL = 128;

/**
 * The first answer of a hook counts; a later one is too late, and so is one after the response's head has been let go. It
 * stays with its hook until that has decided: a hook may sleep, and others of the exchange run meanwhile.
 */
export function localResponseCapability(context: HookContext): LocalResponseCapability {
  return {
    send(status, headers, body, detail) {
      if (!mayAnswer(context) || context.answer !== undefined) return "too-late";
      if (!isFinalStatus(status)) return "bad-status";
      if (!headers.every(isField)) return "bad-header";
      const fieldBytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
      if (headers.length > MAX_FIELDS || fieldBytes > MAX_FIELD_BYTES || body.length > MAX_BODY) return "too-large";
      context.answer = { status, headers, body, detail: printableLine(detail, MAX_DETAIL) };
      return "done";
    },
  };
}

function mayAnswer(context: HookContext): boolean {
  const { hook } = context;
  return hook === "on-request" || hook === "on-request-body" || context.opens("on-response");
}

function isField([name, value]: [string, string]): boolean {
  return fieldName(name).refusal === undefined && isFieldValue(value);
}
