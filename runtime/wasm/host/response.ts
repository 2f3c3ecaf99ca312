import type { ResponseCapability } from "../abi/capabilities.ts";
import type { HookContext } from "./context.ts";
import { fieldEdits } from "./field-edits.ts";
import { fieldSight } from "./field-sight.ts";
import type { FoundHeader } from "./found-field.ts";

/** The response can be edited until it is sent: in `on-response`, and in `on-response-body` while its head is held. */
export function responseCapability(context: HookContext): ResponseCapability & FoundHeader {
  const fields = () => context.exchange.response.fields;
  const seen = fieldSight(fields, context.scope.hidden);
  const edits = fieldEdits(context, "on-response", fields);
  return {
    status: () => context.exchange.response.status,
    setStatus(status) {
      if (!context.opens("on-response")) return "forbidden";
      if (!isFinalStatus(status)) return "bad-value";
      context.exchange.response.status = status;
      return "done";
    },
    header: seen.get,
    found: seen.find,
    headerValues: seen.values,
    headers: seen.entries,
    setHeader: edits.set,
    addHeader: edits.add,
    removeHeader: edits.remove,
    hasBody: () => context.exchange.response.hasBody,
  };
}

/** RFC 9110 15: informational responses are the proxy's business. */
export function isFinalStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 200 && status <= 599;
}
