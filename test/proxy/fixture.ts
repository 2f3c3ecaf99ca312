import { createServer, type RequestListener, type Server } from "node:http";
import {
  type AddressInfo,
  connect,
  createServer as createRawServer,
  type Server as RawServer,
  type Socket,
} from "node:net";
import type { TestContext } from "node:test";
import type {
  Cluster,
  Listener,
  PluginBinding,
  RouteFilter,
  RouteMatch,
  RouteRule,
  Snapshot,
  WeightedBackend,
} from "../../runtime/config/snapshot.ts";
import { createProxy, type ProxyOptions } from "../../runtime/proxy/proxy.ts";
import { type AccessRecord, createAccessLog } from "../../runtime/telemetry/access-log.ts";

export const LISTENER = "test/gw/http";

interface RuleOptions {
  name?: string;
  path?: string;
  match?: Partial<RouteMatch>;
  filters?: RouteFilter[];
  backends?: WeightedBackend[];
  requestTimeout?: number;
  backendTimeout?: number;
  plugins?: string[];
  invalid?: string;
}

export function rule(options: RuleOptions = {}): RouteRule {
  const path = { type: "PathPrefix" as const, value: options.path ?? "/" };
  return {
    name: options.name ?? "test/route/0",
    matches: [{ path, method: undefined, headers: [], queryParams: [], ...options.match }],
    filters: options.filters ?? [],
    backends: options.backends ?? [backend("test/app:80")],
    invalid: options.invalid,
    requestTimeout: options.requestTimeout ?? 0,
    backendTimeout: options.backendTimeout ?? 0,
    plugins: options.plugins ?? [],
  };
}

export function backend(cluster: string, options: Partial<WeightedBackend> = {}): WeightedBackend {
  return { cluster, weight: 1, filters: [], invalid: undefined, ...options };
}

export function plugin(name: string, options: Partial<PluginBinding> = {}): PluginBinding {
  return {
    name,
    source: { kind: "file", path: "unused.wasm", digest: undefined, unsigned: true },
    phase: "traffic",
    priority: 0,
    failurePolicy: "closed",
    capabilities: undefined,
    signedBy: [],
    config: "{}",
    keySets: new Map(),
    mode: "enforce",
    ...{ sensitiveHeaders: undefined, backends: [], limits: {}, logLevel: undefined, proxyWasm: undefined },
    ...options,
  };
}

interface SnapshotOptions {
  rules?: RouteRule[];
  /** Ports on loopback by cluster name. */
  clusters?: Record<string, number[]>;
  plugins?: PluginBinding[];
  port?: number;
  connectTimeout?: number;
  protocol?: Cluster["protocol"];
  tls?: Cluster["tls"];
  generation?: number;
}

export function snapshot(options: SnapshotOptions = {}): Snapshot {
  const listener: Listener = {
    name: LISTENER,
    port: options.port ?? 0,
    address: "127.0.0.1",
    hostname: undefined,
    tls: undefined,
    routes: [{ name: "test/route", age: 0, hostnames: [], rules: options.rules ?? [rule()] }],
  };
  const clusters = Object.entries(options.clusters ?? {}).map(([name, ports]): [string, Cluster] => [
    name,
    {
      name,
      endpoints: ports.map((port) => ({ address: "127.0.0.1", port, ready: true })),
      protocol: options.protocol ?? "http1",
      ...{ tls: options.tls, invalid: undefined },
      connectTimeout: options.connectTimeout ?? 10_000,
    },
  ]);
  return {
    generation: options.generation ?? 1,
    listeners: [listener],
    plugins: new Map((options.plugins ?? []).map((each) => [each.name, each])),
    clusters: new Map(clusters),
    trust: { publishers: [], releasers: [] },
    warnings: [],
  };
}

export interface Running {
  readonly proxy: Awaited<ReturnType<typeof createProxy>>;
  readonly port: number;
  readonly url: string;
  /** Every access-log line so far; waits until there are so many. */
  log(count?: number): Promise<AccessRecord[]>;
}

export async function start(t: TestContext, given: Snapshot, options: Partial<ProxyOptions> = {}): Promise<Running> {
  const lines: AccessRecord[] = [];
  const accessLog = createAccessLog({
    sink: {
      write: (text: string) =>
        lines.push(
          ...text
            .trimEnd()
            .split("\n")
            .map((line) => JSON.parse(line)),
        ),
    },
  });
  const proxy = await createProxy({ snapshot: given, slots: () => undefined, accessLog, ...options });
  t.after(() => proxy.close());
  const { port } = proxy.address(LISTENER);
  const log = async (count = 1) => {
    while (lines.length < count) await new Promise((resolve) => setImmediate(resolve));
    return lines;
  };
  return { proxy, port, url: `http://127.0.0.1:${port}`, log };
}

/** A well-behaved backend; resolves to its port. */
export async function upstream(t: TestContext, handler: RequestListener): Promise<number> {
  const server: Server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A backend that does what it likes with its sockets. */
export async function rawUpstream(t: TestContext, onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: RawServer = createRawServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Answers every request head with these bytes. */
export function answering(t: TestContext, bytes: string, then: "keep" | "close" | "reset" = "keep"): Promise<number> {
  return rawUpstream(t, (socket) => {
    let seen = "";
    socket.on("data", (chunk) => {
      seen += chunk.toString("latin1");
      if (!seen.includes("\r\n\r\n")) return;
      seen = "";
      socket.write(bytes, "latin1", () => {
        if (then === "close") socket.end();
        if (then === "reset") socket.resetAndDestroy();
      });
    });
  });
}

export interface RawAnswer {
  readonly text: string;
  /** Whether the connection ended without an error. */
  readonly clean: boolean;
}

/** Sends bytes as they are and reads until the connection ends. */
export function raw(port: number, bytes: string, options: { until?: RegExp } = {}): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"));
    let text = "";
    let clean = true;
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (options.until?.test(text)) socket.destroy();
    });
    socket.on("error", () => {
      clean = false;
    });
    socket.on("close", () => resolve({ text, clean }));
  });
}

export const statusOf = (answer: RawAnswer) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer.text)?.[1] ?? 0);
