import type { Snapshot } from "../config/snapshot.ts";
import { HeddleError, messageOf } from "../errors.ts";
import { connectDeclared } from "../http/connect.ts";
import type { Inbound, InboundHandlers, InboundLimits, Listen } from "../http/inbound.ts";
import { listenHttp } from "../http/listen.ts";
import type { Connect } from "../http/outbound.ts";
import { type AccessLog, createAccessLog } from "../telemetry/access-log.ts";
import { type Clock, systemClock } from "../telemetry/clock.ts";
import { createFileSink } from "../telemetry/file-sink.ts";
import type { Logger } from "../telemetry/logger.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { silentLogger } from "../telemetry/silent-logger.ts";
import { createWheel, Timer } from "../telemetry/wheel.ts";
import type { GuestCalls } from "../wasm/guest-calls.ts";
import type { Slot } from "../wasm/slot.ts";
import type { Admin } from "./admin.ts";
import { createGuestCalls } from "./calls/guest-calls.ts";
import { type ClusterState, createClusters } from "./cluster/clusters.ts";
import { type ClusterView, viewClusters } from "./cluster-view.ts";
import { collectGauges } from "./gauges.ts";
import { type PluginView, viewPlugins } from "./plugin-view.ts";
import { createProxyMetrics } from "./proxy-metrics.ts";
import { refusalRecord } from "./record.ts";
import type { Recorder } from "./recording/recorder.ts";
import { Running } from "./running.ts";
import { createScope, type Scope, socketKey } from "./scope.ts";
import type { Services } from "./services.ts";
import { createSockets } from "./sockets.ts";
import { type Front, Transaction } from "./transaction.ts";
import { TurnTime } from "./turn-time.ts";

export interface ProxyOptions {
  snapshot: Snapshot;
  /** Where the generations of a plugin come from, by the key of `snapshot.plugins`. */
  slots: (plugin: string) => Slot | undefined;
  clock?: Clock;
  logger?: Logger;
  metrics?: Metrics;
  accessLog?: AccessLog;
  /** The admin endpoint; false for none. Port 0 lets the system choose. */
  admin?: { host?: string; port: number } | false;
  limits?: Partial<InboundLimits>;
  isTrusted?: (address: string) => boolean;
  /** Keeps exchanges for a replay. */
  recorder?: Recorder;
  /** Uniform in [0, 1). */
  random?: () => number;
  /** What carries HTTP; the next codec takes their place. */
  listen?: Listen;
  connect?: Connect;
}

export interface Drained {
  /** Exchanges that had to be cut off at the deadline. */
  readonly cut: number;
}

/** Another snapshot, ready to be served. One of the two is called, once. */
export interface PreparedSnapshot {
  /** It is served from the next exchange on. */
  commit(): void;
  discard(): Promise<void>;
}

export interface Proxy {
  /** Makes ready for another snapshot, which is not served yet. Throws LISTEN_FAILED when a port is taken. */
  prepare(snapshot: Snapshot): Promise<PreparedSnapshot>;
  /** Serves by another snapshot from the next exchange on. Throws LISTEN_FAILED, and keeps the old one, when a port is taken. */
  apply(snapshot: Snapshot): Promise<void>;
  readonly snapshot: Snapshot;
  /** Of a listener, by its name. */
  address(listener: string): { address: string; port: number };
  readonly adminUrl: string | undefined;
  /** Whether it serves and every plugin that must decide is loaded. */
  ready(): boolean;
  plugins(): PluginView[];
  clusters(): ClusterView[];
  /** What guests call backends by. */
  readonly calls: GuestCalls;
  /** Exchanges that run now. */
  readonly active: number;
  /** Exchanges that have ended, ever. */
  readonly ended: number;
  readonly metrics: Metrics;
  /** Stops accepting and waits for the exchanges that run. @param deadline milliseconds */
  drain(deadline?: number): Promise<Drained>;
  close(): Promise<void>;
}

/** Starts the data plane: resolves once every listener of the snapshot accepts connections. */
export async function createProxy(options: ProxyOptions): Promise<Proxy> {
  const proxy = new HeddleProxy(options);
  try {
    await proxy.apply(options.snapshot);
    await proxy.startAdmin();
  } catch (error) {
    await proxy.close();
    throw error;
  }
  return proxy;
}

class HeddleProxy implements Proxy {
  readonly metrics: Metrics;
  readonly calls: GuestCalls;
  readonly #options: ProxyOptions;
  readonly #services: Services;
  readonly #clusters;
  readonly #sockets;
  readonly #running = new Running<Transaction>();
  #scope: Scope;
  #admin: Admin | undefined = undefined;
  #state: "starting" | "serving" | "draining" | "closed" = "starting";
  /** Drains that wait for the last exchange. */
  readonly #idle = new Set<() => void>();
  #applying: Promise<void> = Promise.resolve();

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.metrics = options.metrics ?? createMetrics();
    this.#services = createServices(options, this.metrics);
    this.#clusters = createClusters({ connect: options.connect ?? connectDeclared, wheel: this.#services.wheel });
    this.#scope = this.#createScope(options.snapshot, this.#clusters.apply(new Map()));
    this.calls = createGuestCalls({
      services: this.#services,
      clusters: () => this.#scope.clusters,
      traceOf: (exchange) => this.#running.find(({ exchange: { id } }) => id === exchange)?.outcome,
    });
    const { clock, wheel } = this.#services;
    const { limits } = options;
    const listen: Listen = (asked) => (options.listen ?? listenHttp)({ ...asked, limits, clock, wheel });
    this.#sockets = createSockets({ listen, handlersOf: (key) => this.#handlers(key) });
    collectGauges(this.metrics, {
      active: () => this.active,
      clusters: () => this.#scope.clusters,
      plugins: () => this.plugins(),
      generation: () => this.snapshot.generation,
      droppedLines: () => this.#services.accessLog.dropped,
    });
  }

  get snapshot(): Snapshot {
    return this.#scope.snapshot;
  }

  get active(): number {
    return this.#running.size;
  }

  get ended(): number {
    return this.#running.ended;
  }

  get adminUrl(): string | undefined {
    return this.#admin?.url;
  }

  async apply(snapshot: Snapshot): Promise<void> {
    const applying = this.#apply(snapshot);
    this.#applying = applying.catch(() => {});
    await applying;
  }

  async #apply(snapshot: Snapshot): Promise<void> {
    if (this.#isStopping()) return;
    (await this.prepare(snapshot)).commit();
  }

  async prepare(snapshot: Snapshot): Promise<PreparedSnapshot> {
    const sockets = await this.#sockets.prepare(snapshot.listeners);
    return {
      commit: () => {
        // What was opened meanwhile must not stay open.
        if (this.#isStopping()) return void sockets.discard();
        sockets.commit();
        this.#scope = this.#createScope(snapshot, this.#clusters.apply(snapshot.clusters));
        if (this.#state === "starting") this.#state = "serving";
      },
      discard: () => sockets.discard(),
    };
  }

  async startAdmin(): Promise<void> {
    const { admin = false } = this.#options;
    if (admin === false) return;
    // A thread that only serves never loads it.
    const { startAdmin } = await import("./admin.ts");
    this.#admin = await startAdmin({
      host: admin.host ?? "127.0.0.1",
      port: admin.port,
      state: () => this.#state,
      ready: () => this.ready(),
      plugins: () => this.plugins(),
      snapshot: () => this.snapshot,
      clusters: () => this.clusters(),
      metrics: () => this.metrics.expose(),
      active: () => this.active,
      drain: () => void this.drain(),
    });
  }

  address(name: string): { address: string; port: number } {
    const inbound = this.#inboundOf(name);
    if (inbound === undefined) {
      throw new HeddleError("PROXY_START", `expected a listener named ${name}, got ${this.#listenerNames()}`);
    }
    return { address: inbound.address, port: inbound.port };
  }

  ready(): boolean {
    return this.#state === "serving" && this.plugins().every((plugin) => plugin.loaded || !plugin.required);
  }

  plugins(): PluginView[] {
    return viewPlugins(this.snapshot, this.#options.slots);
  }

  clusters(): ClusterView[] {
    return viewClusters(this.#scope.clusters);
  }

  async drain(deadline = 30_000): Promise<Drained> {
    if (this.#state === "closed") return { cut: 0 };
    this.#state = "draining";
    this.#sockets.drain();
    await this.#becomeIdle(deadline);
    const cut = this.active;
    this.#services.logger.log("info", "drained", { cut });
    return { cut };
  }

  async close(): Promise<void> {
    this.#state = "closed";
    for (const transaction of this.#running.all()) transaction.cut("the proxy stopped");
    await this.#applying;
    await this.#sockets.close();
    await this.#admin?.close();
    await this.#clusters.destroy();
    this.#services.wheel.stop();
    this.#services.accessLog.flush();
  }

  #becomeIdle(deadline: number): Promise<void> {
    if (this.active === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#services.wheel.cancel(timeout);
        this.#idle.delete(done);
        resolve();
      };
      const timeout = new Timer(done);
      this.#services.wheel.arm(timeout, deadline);
      this.#idle.add(done);
    });
  }

  #inboundOf(name: string): Inbound | undefined {
    const listener = this.snapshot.listeners.find((each) => each.name === name);
    return listener === undefined ? undefined : this.#sockets.get(socketKey(listener));
  }

  #listenerNames(): string {
    return this.snapshot.listeners.map((listener) => listener.name).join(", ") || "none";
  }

  #isStopping(): boolean {
    return this.#state === "draining" || this.#state === "closed";
  }

  #createScope(snapshot: Snapshot, clusters: ReadonlyMap<string, ClusterState>): Scope {
    const { slots, metrics } = this.#services;
    return createScope({ snapshot, clusters, slots, metrics });
  }

  #handlers(socket: string): InboundHandlers {
    const onIdle = () => {
      for (const done of [...this.#idle]) done();
    };
    const front: Front = { socket, services: this.#services, running: this.#running, onIdle };
    return {
      exchange: (exchange) => new Transaction(exchange, this.#scope, front).run(),
      refused: (refusal) => {
        this.#services.metrics.refused.add(1, refusal.detail);
        this.#services.accessLog.record(refusalRecord(refusal, socket, this.#services.clock.now()));
      },
      failed: (error) => this.#services.logger.log("error", "connection failed", { reason: messageOf(error) }),
    };
  }
}

/** How long a line of the access log may wait for others, in milliseconds. */
const LINGER = 100;

function createServices(options: ProxyOptions, metrics: Metrics): Services {
  const clock = options.clock ?? systemClock;
  return {
    slots: options.slots,
    clock,
    turn: new TurnTime(clock),
    wheel: createWheel({ clock }),
    random: options.random ?? Math.random,
    metrics: createProxyMetrics(metrics),
    accessLog: options.accessLog ?? createAccessLog({ sink: createFileSink(1), linger: LINGER }),
    logger: options.logger ?? silentLogger,
    isTrusted: options.isTrusted ?? (() => false),
    recorder: options.recorder,
  };
}
