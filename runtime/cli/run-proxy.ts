import type { Snapshot } from "../config/snapshot.ts";
import { type ConfigWatch, watchConfig } from "../config/watch.ts";
import { createDelivery, type Delivery } from "../delivery/delivery.ts";
import type { MeshAddress } from "../delivery/mesh-api.ts";
import { HeddleError, isHeddleError, messageOf } from "../errors.ts";
import { createFleet, type Fleet } from "../proxy/fleet/fleet.ts";
import { settleWhenIdle } from "../proxy/settle-memory.ts";
import { trimWhenIdle } from "../proxy/trim-malloc.ts";
import type { LineSink } from "../telemetry/access-log.ts";
import { createFileSink } from "../telemetry/file-sink.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import type { PluginHost } from "../wasm/plugin-host.ts";
import { openRecordFile, type RecordFileOptions } from "./record-file.ts";

export interface RunProxyOptions {
  readonly config: string;
  readonly registry: MeshAddress | undefined;
  readonly id: string;
  readonly cache: string;
  readonly admin: number;
  /** Threads that serve. @default as many as the machine runs at once */
  readonly workers?: number | undefined;
  /** Where exchanges are kept for `heddle replay`. @default nowhere */
  readonly record?: RecordFileOptions | undefined;
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
  const { id, events } = options;
  // Plugins say what they have to say below info where their documents ask for it; the proxy itself says nothing there.
  const logger = createLogger({ level: "trace", base: { proxy: id }, ...(events && { destination: events }) });
  const record = options.record && openRecordFile(options.record, logger);
  // Before the admin endpoint, which asks for them.
  let delivery: Delivery | undefined;
  let watch: ConfigWatch | undefined;
  const fleet = await createFleet({
    node: { id, cluster: options.registry?.mesh ?? "" },
    ...{ workers: options.workers, logger, admin: { port: options.admin } },
    accessLog: options.accessLog ?? createFileSink(1),
    record,
    arrivals: (plugin) => delivery?.status().find(({ name }) => name === plugin),
    rejected: () => watch?.rejected() ?? [],
  });
  const closing: (() => unknown)[] = [() => fleet.close(), () => record?.close()];
  try {
    const plugins = await startDelivery(options, logger, fleet.host);
    delivery = plugins;
    closing.unshift(() => plugins.close());
    const parts = { fleet, delivery: plugins, logger };
    const served = Promise.withResolvers<void>();
    watch = await follow(options.config, parts, served.promise);
    closing.unshift(() => watch?.close());
    report(watch, logger);
    await settled(plugins.apply(watch.current()));
    await serve(watch.current(), parts);
    served.resolve();
    const listeners = fleet.snapshot.listeners.map(({ name, tls }) => ({ name, url: urlOf(fleet.address(name), tls) }));
    const ended = stopOnSignal(fleet, plugins, watch, logger).then(() => record?.close());
    settleWhenIdle();
    trimWhenIdle();
    return { listeners, adminUrl: fleet.adminUrl, ended };
  } catch (error) {
    for (const close of closing) await close();
    throw error;
  }
}

interface Parts {
  readonly fleet: Fleet;
  readonly delivery: Delivery;
  readonly logger: Logger;
}

/** @param served resolves once the first configuration is; later ones wait for that */
function follow(config: string, parts: Parts, served: Promise<void>): Promise<ConfigWatch> {
  return watchConfig({
    folder: config,
    onSnapshot: createQueue(async (next) => {
      await served;
      await change(next, parts);
    }),
    onRejected: (rejected) => {
      for (const problem of rejected.flatMap(({ problems }) => problems)) parts.logger.log("warn", problem);
    },
  });
}

/** The mesh hears whether it could be done: what is warm and nobody can reach does not run. */
async function serve(snapshot: Snapshot, { fleet, delivery }: Parts): Promise<void> {
  try {
    await fleet.apply(snapshot);
  } catch (error) {
    await delivery.served(isHeddleError(error) ? error : new HeddleError("PROXY_START", messageOf(error)));
    throw error;
  }
  await delivery.served();
}

function urlOf({ address, port }: { address: string; port: number }, tls: unknown): string {
  return `${tls === undefined ? "http" : "https"}://${address}:${port}`;
}

function startDelivery(options: RunProxyOptions, logger: Logger, host: PluginHost): Promise<Delivery> {
  return createDelivery({
    ...(options.registry && { registry: options.registry }),
    ...{ proxyId: options.id, waitsToServe: true },
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
async function change(next: Snapshot, parts: Parts): Promise<void> {
  const { fleet, delivery, logger } = parts;
  const both = { ...next, plugins: new Map([...fleet.snapshot.plugins, ...next.plugins]) };
  await settled(delivery.apply(both));
  try {
    await serve(next, parts);
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

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

function stopOnSignal(fleet: Fleet, delivery: Delivery, watch: ConfigWatch, logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = async (signal: string) => {
      if (stopping) process.exit(130);
      stopping = true;
      logger.log("info", `${signal}: draining`, { active: fleet.active });
      watch.close();
      await fleet.drain(DRAIN);
      await fleet.close();
      await delivery.close();
      for (const signal of SIGNALS) process.off(signal, onSignal);
      resolve();
    };
    const onSignal = (signal: NodeJS.Signals) => void stop(signal);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  });
}
