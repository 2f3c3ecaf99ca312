import { HeddleError, isHeddleError, messageOf } from "../errors.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { HealthEvent } from "../wasm/health/quarantine.ts";
import type { PluginHost } from "../wasm/plugin-host.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { Cache } from "./cache.ts";
import { type Installed, install } from "./install.ts";
import { createKeySets, type LoadedKeySets } from "./key-sets.ts";
import { type LastGood, readLastGood, rewriteLastGood, writeLastGood } from "./last-good.ts";
import type { Mutex } from "./mutex.ts";
import type { OciClient } from "./oci/client.ts";
import { currentIdentity, type Order, orderOf } from "./order.ts";
import { fileSource, type PartSource, registrySource } from "./source.ts";

export interface InstallationMeans {
  readonly cache: Cache;
  readonly client: OciClient | undefined;
  /** Where plugins run. */
  readonly host: PluginHost;
  readonly clock: Clock;
  readonly log: (level: "info" | "warn", message: string, fields: Record<string, unknown>) => void;
  /** Called after every change of status. */
  readonly onChange: () => void;
  /** Runs a write to the cache while nothing is swept from it. */
  readonly exclusive: Mutex;
  readonly retry?: BackoffOptions;
}

/** What serves under one Plugin document. */
export interface Running {
  /** Identity of the order, and with what its files held. */
  readonly ordered: string;
  readonly identity: string;
  readonly version: string;
  readonly digest: string;
  readonly keySets: LoadedKeySets;
}

/** Lets one version of a plugin after another serve, and remembers the last good one for a restart. */
export interface Fitting {
  readonly running: Running | undefined;
  /** What the cache has to keep. */
  readonly lastGood: LastGood | undefined;
  /** Reads what ran before a restart. */
  recall(): Promise<void>;
  /** Installs and swaps; on failure changes nothing and says why. */
  fit(order: Order): Promise<HeddleError | undefined>;
  /** After a restart: what ran before in place of this order still runs if it still passes every check. */
  fallBack(order: Order): Promise<void>;
  close(): void;
}

/** Told what becomes of what serves. @param serving after a reversion, what did not prove itself */
export type OnHealth = (event: HealthEvent, serving: Running) => void;

interface State {
  running: Running | undefined;
  lastGood: LastGood | undefined;
  /** What the host keeps warm for the failure policy `previous`. */
  kept: Kept | undefined;
  /** Whether what serves is not run at the moment. */
  quarantined: boolean;
}

interface Kept {
  readonly running: Running;
  readonly lastGood: LastGood | undefined;
}

interface Means extends InstallationMeans {
  /** `namespace/name` of the Plugin document. */
  readonly plugin: string;
  /** Nothing is swapped in any more once it has fired. */
  readonly signal: AbortSignal;
  readonly onHealth: OnHealth;
}

export function createFitting(
  plugin: string,
  { signal, onHealth, ...rest }: InstallationMeans & { readonly signal: AbortSignal; readonly onHealth: OnHealth },
): Fitting {
  const means: Means = { ...rest, plugin, signal, onHealth };
  const state: State = { running: undefined, lastGood: undefined, kept: undefined, quarantined: false };
  return {
    get running() {
      return state.running;
    },
    get lastGood() {
      return state.lastGood;
    },
    async recall() {
      state.lastGood ??= await readLastGood(means.cache, plugin);
    },
    fit: (order) => fit(state, order, means),
    fallBack: (order) => fallBack(state, order, means),
    close() {
      state.running?.keySets.close();
      state.kept?.running.keySets.close();
    },
  };
}

async function fit(state: State, order: Order, means: Means): Promise<HeddleError | undefined> {
  let keySets: LoadedKeySets | undefined;
  const health = observeHealth(state, means);
  try {
    keySets = await createKeySets(order.binding, means);
    const source = await sourceFor(order, state, means);
    const installed = await install(order, source, { host: means.host, keySets, observe: health.observe });
    if (means.signal.aborted) throw abandoned(installed);
    const identity = await currentIdentity(order);
    const running = await swap(order, installed, { keySets, identity }, means);
    keepOrClose(state, order);
    state.running = running;
    state.quarantined = false;
    await remember(state, order, installed, means);
    health.serves(running);
    return undefined;
  } catch (error) {
    keySets?.close();
    return asHeddleError(error, means.plugin);
  }
}

/** What is heard before all threads have taken the plugin over is told right after. */
function observeHealth(state: State, means: Means) {
  const early: HealthEvent[] = [];
  let serving: Running | undefined;
  const tell = (event: HealthEvent, of: Running) => {
    if (state.running !== of) return;
    if (event.kind === "quarantined" && event.reverted) revert(state, means);
    else state.quarantined = event.kind === "quarantined";
    means.onHealth(event, of);
  };
  return {
    observe(event: HealthEvent) {
      if (serving === undefined) early.push(event);
      else tell(event, serving);
    },
    serves(running: Running) {
      serving = running;
      for (const event of early) tell(event, running);
    },
  };
}

/** As the slot does it: the healthy one of what was there before is kept, where it is wanted. */
function keepOrClose(state: State, { binding }: Order): void {
  const { running, lastGood, kept, quarantined } = state;
  const before = running && { running, lastGood };
  const [healthy, other] = quarantined ? [kept, before] : [before, kept];
  const wanted = binding.failurePolicy === "previous";
  state.kept = wanted ? healthy : undefined;
  other?.running.keySets.close();
  if (!wanted) healthy?.running.keySets.close();
}

function revert(state: State, { exclusive, cache, plugin, log }: Means): void {
  const { kept } = state;
  if (kept === undefined) return;
  state.running?.keySets.close();
  state.running = kept.running;
  state.lastGood = kept.lastGood;
  state.kept = undefined;
  if (kept.lastGood === undefined) return;
  const { lastGood } = kept;
  exclusive(() => rewriteLastGood(cache, plugin, lastGood)).catch((error: unknown) => {
    log("warn", "plugin not kept for a restart", { plugin, reason: messageOf(error) });
  });
}

async function sourceFor({ target }: Order, { lastGood }: State, { client, cache }: Means): Promise<PartSource> {
  return target.kind === "file" ? fileSource(target) : registrySource({ client, cache, target, lastGood });
}

async function swap(
  { target, identity: ordered }: Order,
  { started, manifest, digest: component }: Installed,
  { keySets, identity }: { keySets: LoadedKeySets; identity: string },
  { plugin, log }: Means,
): Promise<Running> {
  const { version } = manifest;
  const digest = target.kind === "registry" ? target.manifest : component;
  await started.commit();
  log("info", "plugin runs", { plugin, version, digest });
  return { ordered, identity, version, digest, keySets };
}

/** A full disk does not stop a verified plugin; it costs the warm restart, and says so. */
async function remember(state: State, order: Order, installed: Installed, means: Means): Promise<void> {
  const { cache, exclusive, log, plugin } = means;
  try {
    state.lastGood = (await exclusive(() => writeLastGood(cache, order, installed))) ?? state.lastGood;
  } catch (error) {
    log("warn", "plugin not kept for a restart", { plugin, reason: messageOf(error) });
  }
}

async function fallBack(state: State, order: Order, means: Means): Promise<void> {
  const previous = previousOrder(order, state.lastGood);
  if (previous === undefined) return;
  const failure = await fit(state, previous, means);
  const outcome = failure === undefined ? "last good plugin serves" : "last good plugin refused";
  const fields = { plugin: means.plugin, digest: state.lastGood?.manifest, ...(failure && { code: failure.code }) };
  means.log("warn", outcome, fields);
}

/** Undefined when nothing else ran before for what is ordered now. */
function previousOrder({ binding, target, trusted }: Order, lastGood: LastGood | undefined): Order | undefined {
  if (lastGood === undefined || target.kind === "file") return undefined;
  const { repository, manifest, entry } = lastGood;
  if (repository !== target.repository || manifest === target.manifest) return undefined;
  // The record is no proof: another plugin that a trusted publisher signed must not stand in for this one.
  if (target.entry !== undefined && entry?.name !== target.entry.name) return undefined;
  const before = { kind: "registry", repository, manifest, entry: entry ?? undefined } as const;
  return orderOf(binding, before, { publishers: trusted, releasers: [] });
}

function abandoned({ started }: Installed): HeddleError {
  started.discard();
  return new HeddleError("PROXY_START", "the proxy stopped before the plugin could serve");
}

function asHeddleError(error: unknown, where: string): HeddleError {
  if (isHeddleError(error)) return error;
  return new HeddleError("START_FAILED", messageOf(error), { where, cause: error });
}
