import { fieldList } from "../http/fields.ts";
import type { Attribute, GuestExchange } from "../wasm/exchange.ts";

/** A body to put through a filter. Without one the message has none. */
export interface FakeBody {
  /** All of it, as one piece; text is UTF-8. */
  readonly body?: string | Uint8Array;
  /** The same in pieces, as they come off the wire. */
  readonly chunks?: readonly (string | Uint8Array)[];
}

/** The pieces of a body; none without a body. */
export function piecesOf({ body, chunks = body === undefined ? [] : [body] }: FakeBody): Uint8Array[] {
  return chunks.map((chunk) => Buffer.from(chunk));
}

/** A request to put through a filter. Everything has a default. */
export interface FakeRequest extends FakeBody {
  /** @default "GET" */
  readonly method?: string;
  /** Path with or without a query. @default "/" */
  readonly path?: string;
  /** @default "http" */
  readonly scheme?: string;
  /** @default "shop.test" */
  readonly authority?: string;
  /** A list of pairs where a name occurs more than once. */
  readonly headers?: FakeHeaders;
  /** @default "192.0.2.1" */
  readonly clientAddress?: string;
  /** @default "HTTP/1.1" */
  readonly protocol?: string;
  /** `namespace/name/rule` of the matched route. @default "default/route/0" */
  readonly route?: string;
  /** Backends of the matched rule. @default ["default/backend:8080"] */
  readonly backends?: readonly string[];
  /** What earlier filters left. */
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export type FakeHeaders = Readonly<Record<string, string>> | readonly (readonly [name: string, value: string])[];

/** Header fields as alternating names and values, names in lower case. */
export function flatten(headers: FakeHeaders = {}): string[] {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
  return pairs.flat();
}

let lastId = 0;

/** An exchange whose response a test decides. */
export type FakeExchange = GuestExchange & { readonly response: { hasBody: boolean } };

/** An exchange without a socket, in the shape in which a filter sees a real one. */
export function createFakeExchange(init: FakeRequest): FakeExchange {
  const [path = "/", ...rest] = (init.path ?? "/").split("?");
  const query = rest.length === 0 ? undefined : rest.join("?");
  const { method = "GET", scheme = "http", authority = "shop.test", protocol = "HTTP/1.1" } = init;
  const { clientAddress = "192.0.2.1", route = "default/route/0", backends = ["default/backend:8080"] } = init;
  const hasBody = piecesOf(init).length > 0;
  lastId = (lastId + 1) >>> 0;
  return {
    id: lastId,
    request: { method, scheme, authority, path, query, fields: fieldList(flatten(init.headers)), hasBody },
    response: { status: 0, fields: fieldList(), hasBody: false },
    connection: { clientAddress, clientPort: 50000, serverAddress: "192.0.2.254", serverPort: 80, protocol },
    routing: { route, backends, chosen: undefined, hashKey: undefined },
    attributes: new Map(Object.entries(init.attributes ?? {})),
    localResponse: undefined,
  };
}
