import { randomBytes } from "node:crypto";
import type { Snapshot } from "../config/snapshot.ts";
import { type ConfigWatch, watchConfig } from "../config/watch.ts";
import { createDelivery, type Delivery } from "../delivery/delivery.ts";
import type { MeshAddress } from "../delivery/mesh-api.ts";
import { messageOf } from "../errors.ts";
import { createProxy, type Proxy as DataPlane } from "../proxy/proxy.ts";
import { createAccessLog, type LineSink } from "../telemetry/access-log.ts";
import { systemClock } from "../telemetry/clock.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { createPluginMetrics } from "../telemetry/plugin-metrics.ts";
import { createLocalHost, type LocalHost } from "../wasm/plugin-host.ts";
import { createQuota } from "../wasm/services/quota.ts";
import { createStore } from "../wasm/services/store.ts";

export interface RunProxyOptions {
  readonly config: string;
  readonly registry: MeshAddress | undefined;
  readonly id: string;
  readonly cache: string;
  readonly admin: number;
  /** Where the access log goes. @default standard output */
  readonly accessLog?: LineSink;
  /** Where events go. @default standard error */
  readonly events?: { write(line: string): void };
}

export interface RunningProxy {
  readonly listeners: readonly { name: string; url: string }[];
  readonly adminUrl: string | undefined;
  /** Resolves once a signal has drained and stopped it. */
  readonly ended: Promise<void>;
}

/** How long requests wait for plugins that are slow to come before they meet the failure policy, in milliseconds. */
const PATIENCE = 10_000;
/** How long exchanges may go on after SIGTERM, in milliseconds. */
const DRAIN = 30_000;

/** Wires configuration, delivery and data plane: plugins first, then the routes that use them, then the plugins that left. */
export async function runProxy(options: RunProxyOptions): Promise<RunningProxy> {
  const logger = createLogger({ base: { proxy: options.id }, ...(options.events && { destination: options.events }) });
  const metrics = createMetrics();
  const host = createHost(logger, metrics);
  const delivery = await startDelivery(options, logger, host);
  const started = Promise.withResolvers<DataPlane>();
  const changes = createQueue(async (next: Snapshot) => change(next, await started.promise, delivery, logger));
  const watch = await watchConfig({
    folder: options.config,
    onSnapshot: changes,
    onRejected: (rejected) => {
      for (const problem of rejected.flatMap(({ problems }) => problems)) logger.log("warn", problem);
    },
  });
  report(watch, logger);
  await settled(delivery.apply(watch.current()));
  const proxy = await createProxy({
    ...{ snapshot: watch.current(), slots: host.slot, logger, metrics },
    admin: { port: options.admin },
    accessLog: createAccessLog({ sink: options.accessLog ?? standardOutput() }),
  }).catch(async (error: unknown) => {
    watch.close();
    await delivery.close();
    throw error;
  });
  started.resolve(proxy);
  const listeners = proxy.snapshot.listeners.map(({ name }) => {
    const { address, port } = proxy.address(name);
    return { name, url: `http://${address}:${port}` };
  });
  return { listeners, adminUrl: proxy.adminUrl, ended: stopOnSignal(proxy, delivery, watch, logger) };
}

/** A reader of the log that goes away must not take the proxy with it. */
function standardOutput(): LineSink {
  process.stdout.on("error", () => {});
  return process.stdout;
}

function createHost(logger: Logger, metrics: Metrics): LocalHost {
  const clock = systemClock;
  return createLocalHost({
    clock,
    log: ({ plugin, level, message }) => logger.log(level, message, { plugin }),
    metrics: createPluginMetrics(metrics),
    quota: createQuota({ clock }),
    store: createStore({ clock }),
    random: (bytes) => randomBytes(bytes),
  });
}

function startDelivery(options: RunProxyOptions, logger: Logger, host: LocalHost): Promise<Delivery> {
  return createDelivery({
    ...(options.registry && { registry: options.registry }),
    proxyId: options.id,
    cacheDir: options.cache,
    host,
    logger: {
      info: (fields, message) => logger.log("info", message, fields),
      warn: (fields, message) => logger.log("warn", message, fields),
    },
  });
}

function report(watch: ConfigWatch, logger: Logger): void {
  for (const problem of watch.rejected().flatMap(({ problems }) => problems)) logger.log("warn", problem);
  for (const warning of watch.current().warnings) logger.log("warn", warning);
}

/** A plugin that leaves stays until no new exchange can meet it. */
async function change(next: Snapshot, proxy: DataPlane, delivery: Delivery, logger: Logger): Promise<void> {
  const both = { ...next, plugins: new Map([...proxy.snapshot.plugins, ...next.plugins]) };
  await settled(delivery.apply(both));
  try {
    await proxy.apply(next);
  } catch (error) {
    logger.log("error", messageOf(error));
    return;
  }
  await settled(delivery.apply(next));
  logger.log("info", "configuration applied", { generation: next.generation });
}

/** Waits for the plugins, but not for ever: what is late meets its failure policy. */
async function settled(applying: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE);
  });
  await Promise.race([applying, patience]);
  clearTimeout(timer);
}

/** One change at a time, in order. */
function createQueue(apply: (snapshot: Snapshot) => Promise<void>): (snapshot: Snapshot) => void {
  let tail = Promise.resolve();
  return (snapshot) => {
    tail = tail.then(() => apply(snapshot));
  };
}

function stopOnSignal(proxy: DataPlane, delivery: Delivery, watch: ConfigWatch, logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = async (signal: string) => {
      if (stopping) process.exit(130);
      stopping = true;
      logger.log("info", `${signal}: draining`, { active: proxy.active });
      watch.close();
      await proxy.drain(DRAIN);
      await proxy.close();
      await delivery.close();
      resolve();
    };
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => void stop(signal));
  });
}
