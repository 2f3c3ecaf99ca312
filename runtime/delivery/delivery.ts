import type { Snapshot } from "../config/snapshot.ts";
import { type HeddleError, messageOf } from "../errors.ts";
import { type Clock, systemClock } from "../telemetry/clock.ts";
import type { HostServices } from "../wasm/services.ts";
import type { Slot } from "../wasm/slot.ts";
import type { BackoffOptions } from "./backoff.ts";
import { type Cache, openCache } from "./cache.ts";
import type { DeliveryLogger } from "./delivery-logger.ts";
import { createInstallation, type Installation } from "./installation.ts";
import { contentsOf } from "./last-good.ts";
import type { MeshAddress } from "./mesh-api.ts";
import { createMeshLink, type MeshLink, type MeshStatus } from "./mesh-link.ts";
import { createOciClient } from "./oci/client.ts";
import { orderFor } from "./order.ts";
import type { PluginStatus } from "./plugin-status.ts";

/** The life of plugins on the proxy's side: keeps one slot per Plugin document in step with documents and desired state. */
export interface Delivery {
  /**
   * Takes a new configuration. Resolves when every plugin runs or has failed for now; never rejects for a plugin's sake.
   * What fails leaves the last good generation in its slot.
   */
  apply(snapshot: Snapshot): Promise<void>;
  /** By `namespace/name`; the same slot as long as the document exists, empty until the plugin has been installed. */
  slot(plugin: string): Slot | undefined;
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
  readonly services: Omit<HostServices, "keySets">;
  readonly logger?: DeliveryLogger;
  readonly clock?: Clock;
  /** Waits before another try; for reconnecting, pulling and reporting alike. */
  readonly retry?: BackoffOptions;
}

const SILENT: DeliveryLogger = { info() {}, warn() {} };

/** Opens the cache; nothing is fetched before the first `apply`. Throws STORE_FULL, CONFIG_INVALID. */
export async function createDelivery(options: DeliveryOptions): Promise<Delivery> {
  const { registry, services, clock = systemClock, logger = SILENT, retry } = options;
  const corrupt = (error: HeddleError) => logger.warn({ code: error.code, where: error.where }, error.message);
  const cache = await openCache({ dir: options.cacheDir, onCorrupt: corrupt });
  const client = registry && createOciClient(registry);
  const exclusive = createMutex();
  const installations = new Map<string, Installation>();
  const state: { snapshot?: Snapshot; applying: Promise<void>; closed: boolean } = {
    applying: Promise.resolve(),
    closed: false,
  };
  const status = () => [...installations.values()].map((installation) => installation.status()).sort(byName);
  const link: MeshLink | undefined =
    registry &&
    createMeshLink({
      ...{ registry, proxyId: options.proxyId, cache, clock, logger },
      ...(retry && { retry }),
      status,
      trusted: () => state.snapshot?.trust.releasers ?? [],
      onDesired: () => void reconcile(),
    });
  const means = {
    ...{ cache, client, services, clock, exclusive },
    ...(retry && { retry }),
    log: (level: "info" | "warn", message: string, fields: Record<string, unknown>) => logger[level](fields, message),
    onChange: () => link?.statusChanged(),
  };

  /** Gives every installation its newest order; resolves when all have tried. */
  async function reconcile(): Promise<void> {
    const { snapshot } = state;
    if (snapshot === undefined || state.closed) return;
    const desired = link?.desired();
    const tries = [...snapshot.plugins.values()].map((binding) => {
      const installation = installations.get(binding.name) ?? createInstallation(binding.name, means);
      installations.set(binding.name, installation);
      return installation.want(orderFor(binding, { trust: snapshot.trust, desired }));
    });
    await Promise.all(tries);
    await exclusive(() => sweep(cache, installations)).catch((error: unknown) => {
      logger.warn({ reason: messageOf(error) }, "cache not swept");
    });
  }

  async function retire(snapshot: Snapshot): Promise<void> {
    const gone = [...installations].filter(([name]) => !snapshot.plugins.has(name));
    for (const [name] of gone) installations.delete(name);
    await Promise.all(gone.map(([, installation]) => installation.close()));
  }

  return {
    apply(snapshot) {
      const next = state.applying.then(async () => {
        state.snapshot = snapshot;
        await retire(snapshot);
        await link?.trustChanged();
        await reconcile();
      });
      state.applying = next.catch(() => {});
      return next;
    },
    slot: (plugin) => installations.get(plugin)?.slot,
    status,
    mesh: () => link?.status(),
    async close() {
      state.closed = true;
      await link?.close();
      await Promise.all([...installations.values()].map((installation) => installation.close()));
      await client?.close();
    },
  };
}

function byName(a: PluginStatus, b: PluginStatus): number {
  return a.name < b.name ? -1 : 1;
}

async function sweep(cache: Cache, installations: ReadonlyMap<string, Installation>): Promise<void> {
  const live = [...installations.values()].flatMap(({ lastGood }) => (lastGood ? contentsOf(lastGood) : []));
  await cache.sweep(new Set(live));
}

/** One task at a time, in the order of the calls. */
function createMutex(): <T>(task: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve();
  return (task) => {
    const turn = tail.then(task);
    tail = turn.catch(() => {});
    return turn;
  };
}
