import type { DesiredState } from "../artifact/desired.ts";
import type { TrustedKey } from "../artifact/keys.ts";
import { type Code, HeddleError, isHeddleError, messageOf } from "../errors.ts";
import { packageVersion } from "../package.ts";
import type { Clock } from "../telemetry/clock.ts";
import { type BackoffOptions, pause } from "./backoff.ts";
import type { Cache } from "./cache.ts";
import type { DeliveryLogger } from "./delivery-logger.ts";
import { createDesiredStore, type DesiredStore } from "./desired-store.ts";
import { createMeshApi, type MeshAddress, type MeshApi } from "./mesh-api.ts";
import type { PluginStatus } from "./plugin-status.ts";
import { createReporter, type Reporter } from "./reporter.ts";
import { type Watch, watchDesired } from "./watch.ts";

/** What a proxy knows about its mesh. */
export interface MeshStatus {
  readonly mesh: string;
  readonly connected: boolean;
  /** Of the accepted desired state; 0 before the first. */
  readonly seq: number;
  /** Why the newest state was refused, or why there is no connection. */
  readonly error: { readonly code: Code; readonly message: string } | undefined;
}

/** The wire between one proxy and the control plane of its mesh. No failure here touches a plugin that runs. */
export interface MeshLink {
  /** The newest accepted state. */
  desired(): DesiredState | undefined;
  /** The trusted keys are known or have changed: restores, asks for and judges the desired state; starts the watch. */
  trustChanged(): Promise<void>;
  /** Reports to the registry, soon. */
  statusChanged(): void;
  /**
   * The proxy serves by its newest configuration, or could not: with a failure it stays as it was. Where it could not begin at all,
   * resolves once the registry was told, or after 2 s.
   */
  served(failure: HeddleError | undefined): Promise<void>;
  status(): MeshStatus;
  close(): Promise<void>;
}

export interface MeshLinkOptions {
  readonly registry: MeshAddress;
  readonly proxyId: string;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly logger: DeliveryLogger;
  readonly retry?: BackoffOptions;
  readonly trusted: () => readonly TrustedKey[];
  readonly status: () => readonly PluginStatus[];
  /** Whether nothing is reported before `served` was called: what is warm and nobody can reach does not run. */
  readonly waitsToServe: boolean;
  /** A newer state was accepted. */
  readonly onDesired: () => void;
}

interface Link extends MeshLinkOptions {
  readonly api: MeshApi;
  readonly store: DesiredStore;
  readonly reporter: Reporter;
  readonly where: { readonly mesh: string; readonly registry: string };
  watch: Watch | undefined;
  /** Whether the proxy has served anything, and why not by its newest configuration. */
  serves: boolean;
  unserved: HeddleError | undefined;
  connected: boolean;
  disconnection: HeddleError | undefined;
  /** What was refused last; it may be accepted once other keys are trusted. */
  refusal: { readonly error: HeddleError; readonly envelope: unknown } | undefined;
}

export function createMeshLink(options: MeshLinkOptions): MeshLink {
  const link = openLink(options);
  return {
    desired: () => link.store.state,
    async trustChanged() {
      if (link.watch === undefined) return start(link);
      if (link.refusal?.envelope !== undefined) await judge(link, link.refusal.envelope);
    },
    statusChanged: () => poke(link),
    served: (failure) => served(link, failure),
    status: () => statusOf(link),
    async close() {
      await link.watch?.close();
      await link.reporter.close();
      await link.api.close();
    },
  };
}

function openLink(options: MeshLinkOptions): Link {
  const { registry, cache, clock, logger, retry } = options;
  const api = createMeshApi(registry);
  const where = { mesh: registry.mesh, registry: api.url };
  const reporter = createReporter({
    send: () => api.report(reportOf(link)),
    onFailure: (error) => logger.warn({ ...where, reason: messageOf(error) }, "status not reported"),
    ...(retry && { retry }),
  });
  const store = createDesiredStore({ cache, mesh: registry.mesh, clock });
  const idle = {
    watch: undefined,
    serves: !options.waitsToServe,
    unserved: undefined,
    connected: false,
    disconnection: undefined,
    refusal: undefined,
  };
  const link: Link = { ...options, api, store, reporter, where, ...idle };
  return link;
}

function poke({ serves, reporter }: Link): void {
  if (serves) reporter.poke();
}

async function served(link: Link, failure: HeddleError | undefined): Promise<void> {
  link.unserved = failure;
  link.serves ||= failure === undefined;
  if (link.serves) return link.reporter.poke();
  const told = link.api.report(reportOf(link)).catch((error: unknown) => {
    link.logger.warn({ ...link.where, reason: messageOf(error) }, "status not reported");
  });
  const stop = new AbortController();
  await Promise.race([told, pause(LAST_WORDS, stop.signal)]);
  stop.abort();
}

/** How long a proxy that cannot begin waits to have said so, in milliseconds. */
const LAST_WORDS = 2_000;

/** Only a proxy that has nothing yet waits for the registry. */
async function start(link: Link): Promise<void> {
  const { api, store, registry, proxyId, retry } = link;
  await store.restore(link.trusted()).catch((error: unknown) => refuse(link, error, undefined));
  if (store.state === undefined) await ask(link);
  link.watch = watchDesired({
    url: api.watchUrl(proxyId),
    token: registry.token,
    ...(retry && { backoff: retry }),
    onConnection: (next) => connectionChanged(link, next),
    onDesired: (message) => judge(link, (message as { envelope?: unknown } | null)?.envelope),
  });
}

async function ask(link: Link): Promise<void> {
  try {
    const envelope = await link.api.desired();
    if (envelope !== undefined) await judge(link, envelope);
  } catch (error) {
    link.logger.warn({ ...link.where, reason: messageOf(error) }, "registry not reached");
  }
}

/** Takes an envelope if it verifies, and acts on it if it is newer. */
async function judge(link: Link, envelope: unknown): Promise<void> {
  try {
    const newer = await link.store.accept(envelope, link.trusted());
    link.refusal = undefined;
    if (newer) link.onDesired();
    poke(link);
  } catch (error) {
    refuse(link, error, envelope);
  }
}

function refuse(link: Link, thrown: unknown, envelope: unknown): void {
  const error = isHeddleError(thrown) ? thrown : new HeddleError("STATE_REFUSED", messageOf(thrown), { cause: thrown });
  link.refusal = { error, envelope };
  link.logger.warn({ ...link.where, code: error.code, reason: error.message }, "desired state refused");
  poke(link);
}

function connectionChanged(link: Link, { connected, error }: { connected: boolean; error?: HeddleError }): void {
  if (connected !== link.connected) link.logger.info({ ...link.where, connected }, "watch");
  link.connected = connected;
  link.disconnection = error;
  if (connected) poke(link);
}

function statusOf({ registry, store, connected, refusal, disconnection }: Link): MeshStatus {
  const error = refusal?.error ?? disconnection;
  const failure = error && { code: error.code, message: error.describe() };
  return { mesh: registry.mesh, connected, seq: store.state?.seq ?? 0, error: failure };
}

/** What the registry is told. */
function reportOf({ proxyId, store, refusal, serves, unserved, status }: Link) {
  const error = unserved ?? refusal?.error;
  return {
    proxy: proxyId,
    agentVersion: packageVersion,
    seq: store.state?.seq ?? 0,
    digest: store.digest,
    error: error && { code: error.code, detail: cut(error.describe()) },
    plugins: serves ? status().map(reportOfPlugin) : [],
  };
}

function reportOfPlugin({ error, tries: _, ...rest }: PluginStatus) {
  return { ...rest, error: error && { code: error.code, detail: cut(error.message) } };
}

/** What a registry takes; a longer one would have the whole report refused. The log has all of it. */
const LONGEST_DETAIL = 4096;

function cut(detail: string): string {
  return detail.length <= LONGEST_DETAIL ? detail : `${detail.slice(0, LONGEST_DETAIL - 1)}…`;
}
