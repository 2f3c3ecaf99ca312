import type { RequestCapability } from "../abi/capabilities.ts";
import type { HookContext } from "./context.ts";
import { fieldEdits } from "./field-edits.ts";
import { fieldSight } from "./field-sight.ts";
import type { FoundHeader } from "./found-field.ts";

/** The request can be edited until it is sent: in `on-request`, and in `on-request-body` while its head is held. */
export function requestCapability(context: HookContext): RequestCapability & FoundHeader {
  const fields = () => context.exchange.request.fields;
  const seen = fieldSight(fields, context.scope.hidden);
  const edits = fieldEdits(context, "on-request", fields);
  return {
    method: () => context.exchange.request.method,
    scheme: () => context.exchange.request.scheme,
    authority: () => context.exchange.request.authority,
    path: () => context.exchange.request.path,
    query: () => context.exchange.request.query,
    header: seen.get,
    found: seen.find,
    headerValues: seen.values,
    headers: seen.entries,
    headerEquals(name, value) {
      const values = seen.values(name);
      return values.length === 1 && values[0] === value;
    },
    setHeader: edits.set,
    addHeader: edits.add,
    removeHeader: edits.remove,
    hasBody: () => context.exchange.request.hasBody,
  };
}
