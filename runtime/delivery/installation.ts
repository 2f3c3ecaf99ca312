import type { PluginBinding } from "../config/snapshot.ts";
import { HeddleError, isHeddleError, messageOf } from "../errors.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { HostServices } from "../wasm/services.ts";
import { createSlot, type Slot } from "../wasm/slot.ts";
import { type BackoffOptions, createBackoff, pause } from "./backoff.ts";
import type { Cache } from "./cache.ts";
import { type Installed, install } from "./install.ts";
import { createKeySets, type LoadedKeySets } from "./key-sets.ts";
import { type LastGood, readLastGood, writeLastGood } from "./last-good.ts";
import type { OciClient } from "./oci/client.ts";
import { type Order, orderOf } from "./order.ts";
import { fingerprint } from "./plugin-file.ts";
import { isTransient, type PluginState, type PluginStatus } from "./plugin-status.ts";
import { fileSource, type PartSource, registrySource } from "./source.ts";

/** Keeps one slot in step with the newest order for one Plugin document. */
export interface Installation {
  readonly slot: Slot;
  /**
   * Resolves when the newest order runs or has failed; never rejects. A failure leaves what serves in place and is tried
   * again by itself if it may pass. An order that differs in nothing swaps nothing.
   */
  want(order: Order | undefined): Promise<void>;
  status(): PluginStatus;
  /** What the cache has to keep for a restart. */
  readonly lastGood: LastGood | undefined;
  close(): Promise<void>;
}

export interface InstallationMeans {
  readonly cache: Cache;
  readonly client: OciClient | undefined;
  readonly services: Omit<HostServices, "keySets">;
  readonly clock: Clock;
  readonly log: (level: "info" | "warn", message: string, fields: Record<string, unknown>) => void;
  /** Called after every change of status. */
  readonly onChange: () => void;
  /** Runs a write to the cache while nothing is swept from it. */
  readonly exclusive: <T>(task: () => Promise<T>) => Promise<T>;
  readonly retry?: BackoffOptions;
}

interface Running {
  /** Identity of the order, and with what its files held. */
  readonly ordered: string;
  readonly identity: string;
  readonly version: string;
  readonly digest: string;
  readonly keySets: LoadedKeySets;
}

export function createInstallation(name: string, means: InstallationMeans): Installation {
  const { cache, clock, log } = means;
  const slot = createSlot(name);
  const backoff = createBackoff(means.retry);
  const stop = new AbortController();
  let wanted: Order | undefined;
  let running: Running | undefined;
  /** Identity of an order that was refused for good: it is not tried twice. */
  let rejected: { identity: string; failure: HeddleError } | undefined;
  let lastGood: LastGood | undefined;
  let working: Promise<void> | undefined;
  let retrying = false;
  let status: Pick<PluginStatus, "state" | "error" | "since"> = {
    state: "waiting",
    error: undefined,
    since: clock.now(),
  };

  function report(state: PluginState, error?: HeddleError): void {
    const failure = error && { code: error.code, message: error.describe() };
    const changed = state !== status.state || failure?.message !== status.error?.message;
    status = { state, error: failure, since: changed ? clock.now() : status.since };
    means.onChange();
  }

  /** Works until the newest order has been tried; an order that came meanwhile replaces the one before. */
  async function work(): Promise<void> {
    lastGood ??= await readLastGood(cache, name);
    let tried: Order | undefined;
    do {
      tried = wanted;
      if (tried === undefined) report(running === undefined ? "waiting" : "running");
      else await consider(tried);
    } while (wanted !== tried && !stop.signal.aborted);
  }

  async function consider(order: Order): Promise<void> {
    const identity = await identityOf(order);
    if (identity === running?.identity) return report("running");
    if (identity === rejected?.identity) return report("rejected", rejected.failure);
    await attempt(order);
  }

  async function attempt(order: Order): Promise<void> {
    rejected = undefined;
    const failure = await bringUp(order);
    if (failure === undefined) {
      backoff.reset();
      return report("running");
    }
    if (!isTransient(failure)) rejected = { identity: await identityOf(order), failure };
    log("warn", "plugin refused", { plugin: name, code: failure.code, reason: failure.message, where: failure.where });
    if (running === undefined) await fallBack(order);
    report(isTransient(failure) ? "failed" : "rejected", failure);
    if (isTransient(failure) && !retrying) void retry();
  }

  async function retry(): Promise<void> {
    retrying = true;
    await pause(backoff.next(), stop.signal);
    retrying = false;
    if (!stop.signal.aborted) await resume(work);
  }

  /** After a restart: what ran before still runs if it still passes every check. */
  async function fallBack(order: Order): Promise<void> {
    if (lastGood === undefined || order.target.kind === "file") return;
    const { repository, manifest, entry } = lastGood;
    if (repository !== order.target.repository || manifest === order.target.manifest) return;
    // The record is no proof: another plugin that a trusted publisher signed must not stand in for this one.
    if (order.target.entry !== undefined && entry?.name !== order.target.entry.name) return;
    const target = { kind: "registry", repository, manifest, entry: entry ?? undefined } as const;
    const previous = orderOf(order.binding, target, { publishers: order.trusted, releasers: [] });
    const failure = await bringUp(previous);
    const outcome = failure === undefined ? "last good plugin serves" : "last good plugin refused";
    log("warn", outcome, { plugin: name, digest: manifest, ...(failure && { code: failure.code }) });
  }

  /** Installs and swaps; on failure changes nothing and says why. */
  async function bringUp(order: Order): Promise<HeddleError | undefined> {
    let keySets: LoadedKeySets | undefined;
    try {
      keySets = await createKeySets(order.binding, means);
      const source = await sourceFor(order);
      const installed = await install(order, source, { ...means.services, keySets });
      if (stop.signal.aborted) throw abandoned(installed);
      swap(order, installed, { keySets, identity: await identityOf(order) });
      await remember(order, installed);
      return undefined;
    } catch (error) {
      keySets?.close();
      return asHeddleError(error, order.binding);
    }
  }

  function swap(
    { target, identity: ordered }: Order,
    { generation, manifest }: Installed,
    { keySets, identity }: Pick<Running, "keySets" | "identity">,
  ): void {
    const digest = target.kind === "registry" ? target.manifest : generation.digest;
    slot.swap(generation);
    running?.keySets.close();
    running = { ordered, identity, version: manifest.version, digest, keySets };
    log("info", "plugin runs", { plugin: name, version: manifest.version, digest });
  }

  /** A full disk does not stop a verified plugin; it costs the warm restart, and says so. */
  async function remember(order: Order, installed: Installed): Promise<void> {
    try {
      lastGood = (await means.exclusive(() => writeLastGood(cache, order, installed))) ?? lastGood;
    } catch (error) {
      log("warn", "plugin not kept for a restart", { plugin: name, reason: messageOf(error) });
    }
  }

  async function sourceFor({ target }: Order): Promise<PartSource> {
    if (target.kind === "file") return fileSource(target);
    return registrySource({ client: means.client, cache, target, lastGood });
  }

  /** One piece of work at a time. */
  function resume(task: () => Promise<void>): Promise<void> {
    working = (working ?? Promise.resolve()).then(task);
    return working;
  }

  return {
    slot,
    get lastGood() {
      return lastGood;
    },
    want(order) {
      const news = order !== undefined && order.identity !== wanted?.identity && order.identity !== running?.ordered;
      wanted = order;
      // At once, so that no report says that a newer state runs before anything was done about it.
      if (news) report("loading");
      return resume(work);
    },
    status() {
      const target = wanted?.target;
      const digest = target?.kind === "registry" ? target.manifest : target?.digest;
      return { name, ...status, version: running?.version, digest: running?.digest, wanted: digest };
    },
    async close() {
      stop.abort();
      await working;
      running?.keySets.close();
      slot.close();
    },
  };
}

/** A file may change under its name, so what it holds is part of what was ordered. */
async function identityOf({ identity, target }: Order): Promise<string> {
  return target.kind === "file" ? `${identity} ${await fingerprint(target.path)}` : identity;
}

function abandoned({ generation }: Installed): HeddleError {
  generation.close();
  return new HeddleError("PROXY_START", "the proxy stopped before the plugin could serve");
}

function asHeddleError(error: unknown, { name }: PluginBinding): HeddleError {
  if (isHeddleError(error)) return error;
  return new HeddleError("START_FAILED", messageOf(error), { where: name, cause: error });
}
