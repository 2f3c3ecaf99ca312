import type { Snapshot } from "../config/snapshot.ts";
import { type HeddleError, messageOf } from "../errors.ts";
import { type Clock, systemClock } from "../telemetry/clock.ts";
import type { PluginHost } from "../wasm/plugin-host.ts";
import type { BackoffOptions } from "./backoff.ts";
import { type Cache, openCache } from "./cache.ts";
import type { DeliveryLogger } from "./delivery-logger.ts";
import type { InstallationMeans } from "./fitting.ts";
import { createInstallation, type Installation } from "./installation.ts";
import { contentsOf } from "./last-good.ts";
import type { MeshAddress } from "./mesh-api.ts";
import { createMeshLink, type MeshLink, type MeshStatus } from "./mesh-link.ts";
import { createMutex, type Mutex } from "./mutex.ts";
import { createOciClient, type OciClient } from "./oci/client.ts";
import { orderFor } from "./order.ts";
import type { PluginStatus } from "./plugin-status.ts";

/** The life of plugins on the proxy's side: keeps what runs in step with Plugin documents and desired state. */
export interface Delivery {
  /**
   * Takes a new configuration. Resolves when every plugin runs or has failed for now; never rejects for a plugin's sake.
   * What fails leaves the last good generation in place.
   */
  apply(snapshot: Snapshot): Promise<void>;
  /**
   * With `waitsToServe`: whether the proxy serves by what was applied last. Nothing is acknowledged before the first time; a failure
   * is reported, and if there was no such time the registry is told, for 2 s at most.
   */
  served(failure?: HeddleError): Promise<void>;
  /** In the order of the documents' names. */
  status(): readonly PluginStatus[];
  /** Undefined without a registry. */
  mesh(): MeshStatus | undefined;
  close(): Promise<void>;
}

export interface DeliveryOptions {
  /** Without it only plugins from files and from the cache can run. */
  readonly registry?: MeshAddress;
  /** By which the registry knows this proxy. */
  readonly proxyId: string;
  readonly cacheDir: string;
  /** Where plugins run. */
  readonly host: PluginHost;
  readonly logger?: DeliveryLogger;
  /** Whether the registry is told nothing before `served` was called. @default false */
  readonly waitsToServe?: boolean;
  readonly clock?: Clock;
  /** Waits before another try; for reconnecting, pulling and reporting alike. */
  readonly retry?: BackoffOptions;
}

const SILENT: DeliveryLogger = { info() {}, warn() {} };

interface Life {
  readonly cache: Cache;
  readonly logger: DeliveryLogger;
  readonly installations: Map<string, Installation>;
  readonly exclusive: Mutex;
  readonly link: MeshLink | undefined;
  /** Makes an installation for a new document. */
  readonly installationFor: (plugin: string) => Installation;
  snapshot: Snapshot | undefined;
  applying: Promise<void>;
  closed: boolean;
}

/** Opens the cache; nothing is fetched before the first `apply`. Throws STORE_FULL, CONFIG_INVALID. */
export async function createDelivery(options: DeliveryOptions): Promise<Delivery> {
  const { registry, logger = SILENT } = options;
  const corrupt = (error: HeddleError) => logger.warn({ code: error.code, where: error.where }, error.message);
  const cache = await openCache({ dir: options.cacheDir, onCorrupt: corrupt });
  const client = registry && createOciClient(registry);
  const life = begin(options, cache, client);
  return {
    apply: (snapshot) => apply(life, snapshot),
    served: async (failure) => life.link?.served(failure),
    status: () => statusOf(life.installations),
    mesh: () => life.link?.status(),
    async close() {
      life.closed = true;
      await life.link?.close();
      await Promise.all([...life.installations.values()].map((installation) => installation.close()));
      await client?.close();
    },
  };
}

function begin(options: DeliveryOptions, cache: Cache, client: OciClient | undefined): Life {
  const { registry, proxyId, host, clock = systemClock, logger = SILENT, retry } = options;
  const installations = new Map<string, Installation>();
  const shared = { cache, clock, ...(retry && { retry }) };
  const link =
    registry &&
    createMeshLink({
      ...{ ...shared, registry, proxyId, logger, waitsToServe: options.waitsToServe ?? false },
      status: () => statusOf(installations),
      trusted: () => life.snapshot?.trust.releasers ?? [],
      onDesired: () => void reconcile(life),
    });
  const exclusive = createMutex();
  const means: InstallationMeans = {
    ...{ ...shared, client, host, exclusive },
    log: (level, message, fields) => logger[level](fields, message),
    onChange: () => link?.statusChanged(),
  };
  const installationFor = (plugin: string) => createInstallation(plugin, means);
  const idle = { snapshot: undefined, applying: Promise.resolve(), closed: false };
  const life: Life = { cache, logger, installations, exclusive, link, installationFor, ...idle };
  return life;
}

/** One configuration after another. */
function apply(life: Life, snapshot: Snapshot): Promise<void> {
  const next = life.applying.then(async () => {
    life.snapshot = snapshot;
    await retire(life.installations, snapshot);
    await life.link?.trustChanged();
    await reconcile(life);
  });
  life.applying = next.catch(() => {});
  return next;
}

async function retire(installations: Map<string, Installation>, { plugins }: Snapshot): Promise<void> {
  const gone = [...installations].filter(([name]) => !plugins.has(name));
  for (const [name] of gone) installations.delete(name);
  await Promise.all(gone.map(([, installation]) => installation.close()));
}

/** Gives every installation its newest order; resolves when all have tried. */
async function reconcile(life: Life): Promise<void> {
  const { snapshot, installations, cache, exclusive, logger } = life;
  if (snapshot === undefined || life.closed) return;
  const desired = life.link?.desired();
  const tries = [...snapshot.plugins.values()].map((binding) => {
    const installation = installations.get(binding.name) ?? life.installationFor(binding.name);
    installations.set(binding.name, installation);
    return installation.want(orderFor(binding, { trust: snapshot.trust, desired }));
  });
  await Promise.all(tries);
  await exclusive(() => sweep(cache, installations)).catch((error: unknown) => {
    logger.warn({ reason: messageOf(error) }, "cache not swept");
  });
}

function statusOf(installations: ReadonlyMap<string, Installation>): PluginStatus[] {
  return [...installations.values()].map((installation) => installation.status()).sort(byName);
}

function byName(a: PluginStatus, b: PluginStatus): number {
  return a.name < b.name ? -1 : 1;
}

async function sweep(cache: Cache, installations: ReadonlyMap<string, Installation>): Promise<void> {
  const live = [...installations.values()].flatMap(({ lastGood }) => (lastGood ? contentsOf(lastGood) : []));
  await cache.sweep(new Set(live));
}
