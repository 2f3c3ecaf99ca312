import type { GuestExchange } from "../../exchange.ts";
import type { StreamContext } from "./contexts.ts";
import type { GuestVm } from "./guest-vm.ts";
import { nanoseconds } from "./nanoseconds.ts";
import { encodePairs, type Pair } from "./pairs.ts";

/** A value before it is encoded: bytes, and text of one byte a character, as they are, numbers as int64, booleans as one byte, pairs as a map. */
type Property = string | number | bigint | boolean | Uint8Array | readonly Pair[] | undefined;
type Facts = Readonly<Record<string, (vm: GuestVm, stream: StreamContext) => Property>>;

/** The value at a path of segments joined by NUL, encoded as Envoy encodes it. Undefined when this proxy has no such fact. */
export function propertyOf(vm: GuestVm, path: string): Uint8Array | undefined {
  const plugin = lookUp(PLUGIN, path)?.(vm);
  if (plugin !== undefined) return encode(plugin);
  const { stream } = vm;
  if (stream === undefined) return undefined;
  const fact = lookUp(FACTS, path);
  return encode(fact === undefined ? headerAt(vm, stream.exchange, path) : fact(vm, stream));
}

function lookUp<Value>(table: Readonly<Record<string, Value>>, path: string): Value | undefined {
  return Object.hasOwn(table, path) ? table[path] : undefined;
}

const PLUGIN: Readonly<Record<string, (vm: GuestVm) => Property>> = {
  plugin_name: ({ host }) => host.plugin,
  plugin_root_id: ({ host }) => Buffer.from(host.options.pluginRootId ?? ""),
  plugin_vm_id: ({ host }) => Buffer.from(host.options.vmId ?? ""),
  vm_id: ({ host }) => Buffer.from(host.options.vmId ?? ""),
  "node\0id": () => "heddle",
  "xds\0node\0id": () => "heddle",
  listener_direction: () => 1,
  "xds\0listener_direction": () => 1,
};

const route = (_: GuestVm, { exchange }: StreamContext): string => exchange.routing.route;
const cluster = (_: GuestVm, { exchange: { routing } }: StreamContext): Property =>
  routing.chosen ?? (routing.backends.length === 1 ? routing.backends[0] : undefined);

const FACTS: Facts = {
  "request\0path": (_, { exchange: { request } }) =>
    request.query === undefined ? request.path : `${request.path}?${request.query}`,
  "request\0url_path": (_, { exchange }) => exchange.request.path,
  "request\0host": (_, { exchange }) => exchange.request.authority,
  "request\0scheme": (_, { exchange }) => exchange.request.scheme,
  "request\0method": (_, { exchange }) => exchange.request.method,
  "request\0headers": (vm, { exchange }) => joined(vm, exchange.request.fields.entries()),
  "request\0referer": (_, { exchange }) => exchange.request.fields.get("referer"),
  "request\0useragent": (_, { exchange }) => exchange.request.fields.get("user-agent"),
  "request\0time": (_, { since }) => nanoseconds(since),
  "request\0duration": (vm, { since }) => nanoseconds(Math.max(0, vm.now - since)),
  "request\0id": (_, { exchange }) => exchange.request.fields.get("x-request-id"),
  "request\0protocol": (_, { exchange }) => exchange.connection.protocol,
  "request\0query": (_, { exchange }) => exchange.request.query ?? "",
  "request\0size": (_, { exchange }) => lengthOf(exchange.request.fields.get("content-length")),
  "request\0total_size": (_, { exchange }) =>
    bytesOf(exchange.request.fields.entries()) + lengthOf(exchange.request.fields.get("content-length")),
  "request\0headers_bytes": (_, { exchange }) => bytesOf(exchange.request.fields.entries()),
  "response\0code": (_, { exchange: { response } }) => (response.status === 0 ? undefined : response.status),
  "response\0flags": () => 0,
  "response\0headers": (vm, { exchange }) => joined(vm, exchange.response.fields.entries()),
  "response\0headers_bytes": (_, { exchange }) => bytesOf(exchange.response.fields.entries()),
  "response\0size": (_, { exchange }) => lengthOf(exchange.response.fields.get("content-length")),
  "response\0grpc_status": (_, { exchange }) => statusOf(exchange.response.fields.get("grpc-status")),
  "source\0address": (_, { exchange: { connection: one } }) => addressOf(one.clientAddress, one.clientPort),
  "source\0port": (_, { exchange }) => exchange.connection.clientPort,
  "destination\0address": (_, { exchange: { connection: one } }) => addressOf(one.serverAddress, one.serverPort),
  "destination\0port": (_, { exchange }) => exchange.connection.serverPort,
  "connection\0id": (_, { exchange }) => exchange.id,
  "connection\0mtls": () => false,
  "connection\0requested_server_name": (_, { exchange }) => exchange.connection.serverName ?? "",
  route_name: route,
  "xds\0route_name": route,
  cluster_name: cluster,
  "xds\0cluster_name": cluster,
  metadata: () => new Uint8Array(0),
};

/** `request.headers.NAME` and `response.headers.NAME`: all values, joined by commas. */
function headerAt({ host }: GuestVm, { request, response }: GuestExchange, path: string): Property {
  const [side, kind, name, more] = path.split("\0");
  if (kind !== "headers" || name === undefined || more !== undefined) return undefined;
  if (side !== "request" && side !== "response") return undefined;
  if (side === "request" && name === ":authority") return request.authority;
  if (host.hidden.has(name.toLowerCase())) return undefined;
  const values = (side === "request" ? request : response).fields.values(name.toLowerCase());
  return values.length === 0 ? undefined : values.join(",");
}

function joined({ host }: GuestVm, entries: readonly Pair[]): Pair[] {
  const values = new Map<string, string>();
  for (const [name, value] of entries) {
    if (host.hidden.has(name)) continue;
    const known = values.get(name);
    values.set(name, known === undefined ? value : `${known},${value}`);
  }
  return [...values];
}

function bytesOf(entries: readonly Pair[]): number {
  return entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

function lengthOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function statusOf(text: string | undefined): Property {
  return text !== undefined && /^\d{1,2}$/.test(text) ? Number(text) : undefined;
}

function addressOf(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function encode(value: Property): Uint8Array | undefined {
  if (value === undefined || value instanceof Uint8Array) return value;
  if (typeof value === "string") return Buffer.from(value, "latin1");
  if (typeof value === "boolean") return Uint8Array.of(value ? 1 : 0);
  if (typeof value === "object") return encodePairs(value);
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}
