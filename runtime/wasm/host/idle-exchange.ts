import type { Fields, GuestExchange } from "../exchange.ts";

const NO_FIELDS: Fields = Object.freeze({
  get: () => undefined,
  values: () => [],
  entries: () => [],
  count: () => 0,
  set: () => {},
  add: () => {},
  remove: () => {},
});

/** What a guest sees while there is no exchange: in `configure` and while it starts. */
export function idleExchange(): GuestExchange {
  return {
    id: 0,
    request: { method: "", scheme: "", authority: "", path: "", query: undefined, fields: NO_FIELDS, hasBody: false },
    response: { status: 0, fields: NO_FIELDS, hasBody: false },
    connection: { clientAddress: "", clientPort: 0, serverAddress: "", serverPort: 0, protocol: "" },
    routing: { route: "", backends: [], chosen: undefined, hashKey: undefined },
    attributes: new Map(),
    localResponse: undefined,
  };
}
