import type { Fields, GuestExchange } from "../../exchange.ts";
import { isFinalStatus } from "../../host/response.ts";
import type { FilterHost } from "./filter-host.ts";

/** A head as proxy-wasm has it: pseudo headers are fields like others. Names in lower case. */
export interface Head {
  get(name: string): string | undefined;
  entries(): [name: string, value: string][];
  count(): number;
  /** False for what cannot stand there. */
  set(name: string, value: string): boolean;
  add(name: string, value: string): boolean;
  remove(name: string): boolean;
}

type Means = Pick<FilterHost, "hidden" | "services">;

const PSEUDO = [":authority", ":path", ":method", ":scheme"];
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/;
/** Answers to these have no body, whatever their head says: a request does not become one of them, or another one. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(["HEAD", "CONNECT"]);

/** Method, scheme, authority and path, then the fields without Host and what the filter may not see. */
export function requestHead({ hidden, services: { targets } }: Means, { request }: GuestExchange): Head {
  const { fields } = request;
  const path = () => (request.query === undefined ? request.path : `${request.path}?${request.query}`);
  const get = (name: string): string | undefined => {
    if (name === ":path") return path();
    if (name === ":authority" || name === "host") return request.authority;
    if (name === ":method") return request.method;
    if (name === ":scheme") return request.scheme;
    return hidden.has(name) ? undefined : fields.get(name);
  };
  /** What a filter asks for is read as if a client had asked for it. */
  const setPseudo = (name: string, value: string): boolean => {
    // What the connection is, is not for a filter to say.
    if (name === ":scheme" || value === get(name)) return true;
    if (name === ":method") return setMethod(value);
    const read = name === ":path" ? targets?.path(value) : undefined;
    if (read !== undefined) Object.assign(request, read);
    if (name !== ":authority" && name !== "host") return read !== undefined;
    const authority = targets?.authority(value);
    if (authority === undefined) return false;
    request.authority = authority;
    fields.set("host", authority);
    return true;
  };
  const setMethod = (method: string): boolean => {
    if (targets === undefined || !METHOD.test(method)) return false;
    if (WITHOUT_BODY.has(method) || WITHOUT_BODY.has(request.method)) return false;
    request.method = method;
    return true;
  };
  return {
    get,
    entries: () => [
      ...PSEUDO.map((name) => [name, get(name) ?? ""] as [string, string]),
      ...fields.entries().filter(([name]) => name !== "host" && !hidden.has(name)),
    ],
    count: () => PSEUDO.length + visible(fields, hidden) - fields.values("host").length,
    ...writable(
      () => fields,
      (name) => name.startsWith(":") || name === "host",
      setPseudo,
    ),
  };
}

/** The status, then the fields that the filter may see. They may be replaced by another response's. */
export function responseHead({ hidden }: Means, { response }: GuestExchange): Head {
  const setPseudo = (name: string, value: string): boolean => {
    if (name !== ":status") return true;
    const status = /^\d{3}$/.test(value) ? Number(value) : 0;
    if (isFinalStatus(status)) response.status = status;
    return isFinalStatus(status);
  };
  return {
    get(name) {
      if (name === ":status") return String(response.status);
      return hidden.has(name) ? undefined : response.fields.get(name);
    },
    entries: () => [
      [":status", String(response.status)],
      ...response.fields.entries().filter(([name]) => !hidden.has(name)),
    ],
    count: () => 1 + visible(response.fields, hidden),
    ...writable(
      () => response.fields,
      (name) => name.startsWith(":") || name === "host",
      setPseudo,
    ),
  };
}

function visible(fields: Fields, hidden: ReadonlySet<string>): number {
  let count = fields.count();
  for (const name of hidden) if (fields.get(name) !== undefined) count -= fields.values(name).length;
  return count;
}

/** Pseudo headers are there once, and never removed. */
function writable(
  fields: () => Fields,
  isPseudo: (name: string) => boolean,
  setPseudo: (name: string, value: string) => boolean,
): Pick<Head, "set" | "add" | "remove"> {
  const write = (name: string, value: string, how: "set" | "add"): boolean => {
    if (isPseudo(name)) return setPseudo(name, value);
    fields()[how](name, value);
    return true;
  };
  return {
    set: (name, value) => write(name, value, "set"),
    add: (name, value) => write(name, value, "add"),
    remove(name) {
      if (!isPseudo(name)) fields().remove(name);
      return true;
    },
  };
}
