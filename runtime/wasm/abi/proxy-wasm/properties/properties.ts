import type { GuestExchange } from "../../../exchange.ts";
import type { GuestVm } from "../guest-vm.ts";
import { CONNECTION_FACTS } from "./connection-facts.ts";
import { PLUGIN_FACTS } from "./node-facts.ts";
import { encodeProperty, type Facts, type Property } from "./property.ts";
import { REQUEST_FACTS } from "./request-facts.ts";
import { RESPONSE_FACTS } from "./response-facts.ts";
import { ROUTING_FACTS } from "./routing-facts.ts";
import { UPSTREAM_FACTS } from "./upstream-facts.ts";

const FACTS: Facts = {
  ...REQUEST_FACTS,
  ...RESPONSE_FACTS,
  ...CONNECTION_FACTS,
  ...UPSTREAM_FACTS,
  ...ROUTING_FACTS,
};

/** The value at a path of segments joined by NUL, encoded as Envoy encodes it. Undefined when this proxy has no such fact. */
export function propertyOf(vm: GuestVm, path: string): Uint8Array | undefined {
  const plugin = lookUp(PLUGIN_FACTS, path)?.(vm);
  if (plugin !== undefined) return encodeProperty(plugin);
  const { stream } = vm;
  if (stream === undefined) return undefined;
  const fact = lookUp(FACTS, path);
  return encodeProperty(fact === undefined ? headerAt(vm, stream.exchange, path) : fact(stream, vm));
}

function lookUp<Value>(table: Readonly<Record<string, Value>>, path: string): Value | undefined {
  return Object.hasOwn(table, path) ? table[path] : undefined;
}

/** `request.headers.NAME` and `response.headers.NAME`: all values, joined by commas. */
function headerAt({ host }: GuestVm, exchange: GuestExchange, path: string): Property {
  const [side, kind, name, more] = path.split("\0");
  if (kind !== "headers" || name === undefined || more !== undefined) return undefined;
  if (side !== "request" && side !== "response") return undefined;
  const lowerCase = name.toLowerCase();
  if (lowerCase.startsWith(":") || lowerCase === "host") return pseudoHeader(exchange, side, lowerCase);
  if (host.hidden.has(lowerCase)) return undefined;
  const values = exchange[side].fields.values(lowerCase);
  return values.length === 0 ? undefined : values.join(",");
}

function pseudoHeader({ request, response }: GuestExchange, side: "request" | "response", name: string): Property {
  if (side === "response") return name === ":status" && response.status > 0 ? String(response.status) : undefined;
  if (name === ":authority" || name === "host") return request.authority;
  if (name === ":path") return request.query === undefined ? request.path : `${request.path}?${request.query}`;
  if (name === ":method") return request.method;
  return name === ":scheme" ? request.scheme : undefined;
}
