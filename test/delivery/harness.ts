import type { TestContext } from "node:test";
import { type DesiredPlugin, signDesired } from "../../runtime/artifact/desired.ts";
import { generateKey, type SigningKey } from "../../runtime/artifact/keys.ts";
import type { PluginBinding, PluginSource, Snapshot } from "../../runtime/config/snapshot.ts";
import { createDelivery, type Delivery, type DeliveryOptions } from "../../runtime/delivery/delivery.ts";
import { createOciClient, type OciClient } from "../../runtime/delivery/oci/client.ts";
import { type Pushed, pushPlugin } from "../../runtime/delivery/publish.ts";
import type { ManualClock } from "../../runtime/telemetry/clock.ts";
import { createLocalHost, type LocalHost } from "../../runtime/wasm/plugin-host.ts";
import { createFakeExchange } from "../../runtime/workbench/fake-exchange.ts";
import { createRecordingServices } from "../../runtime/workbench/recording-services.ts";
import { type HostileRegistry, startHostileRegistry } from "./hostile-registry.ts";
import { labelPlugin, temporaryFolder } from "./sample-plugins.ts";

export const MESH = "shop";
export const REPOSITORY = "shop/label";
export const PLUGIN = "shop/label-filter";
const FAR = "2999-01-01T00:00:00Z";

/** A delivery whose plugins run in this thread. */
export type LocalDelivery = Delivery & Pick<LocalHost, "slot">;

/** And they go by this clock. */
type ClockedDelivery = LocalDelivery & { readonly clock: ManualClock };

export interface Bench {
  readonly registry: HostileRegistry;
  readonly client: OciClient;
  readonly publisher: SigningKey;
  readonly releaser: SigningKey;
  readonly cacheDir: string;
  /** Builds, pushes and, unless told otherwise, signs a version of the sample plugin. */
  publish(version: string, options?: { key?: SigningKey | undefined; name?: string }): Promise<Pushed>;
  /** Signs and hands out a desired state; entries default to what was pushed. */
  desire(seq: number, pushed: Pushed, changes?: Partial<DesiredPlugin>): void;
  /** Signs a state as `desire` does, without handing it out. */
  sign(seq: number, pushed: Pushed, changes?: Partial<DesiredPlugin>, mesh?: string): unknown;
  snapshot(changes?: Partial<PluginBinding>): Snapshot;
  deliver(options?: Partial<DeliveryOptions>): Promise<ClockedDelivery>;
}

export async function createBench(t: TestContext): Promise<Bench> {
  const registry = await startHostileRegistry(t);
  const client = createOciClient({ url: registry.url });
  const [publisher, releaser] = [generateKey(), generateKey("ed25519")];
  const cacheDir = temporaryFolder(t);
  const sign: Bench["sign"] = (seq, { artifact, digest }, changes = {}, mesh = MESH) => {
    const { manifest, layer, layerDigest } = artifact;
    const { name, version } = manifest;
    const size = layer.length;
    const entry = { name, version, repository: REPOSITORY, manifest: digest, layer: layerDigest, size, ...changes };
    return signDesired({ mesh, seq, issued: "2026-01-01T00:00:00Z", expires: FAR, plugins: [entry] }, releaser);
  };
  return {
    ...{ registry, client, publisher, releaser, cacheDir, sign },
    async publish(version, { name = "label", ...options } = {}) {
      const key = "key" in options ? options.key : publisher;
      const reference = { registry: registry.host, repository: REPOSITORY };
      return pushPlugin({ client, reference, built: await labelPlugin(version, name), key });
    },
    desire: (seq, pushed, changes) => registry.desire(sign(seq, pushed, changes)),
    snapshot: (changes) => snapshotOf(changes, { publisher, releaser }),
    async deliver(options = {}) {
      const { services, clock } = createRecordingServices({}, undefined);
      const host = createLocalHost(services);
      const delivery = await createDelivery({
        registry: { url: registry.url, mesh: MESH },
        proxyId: "proxy-1",
        cacheDir,
        host,
        retry: { base: 1, max: 5 },
        ...options,
      });
      t.after(() => delivery.close());
      return { ...delivery, clock, slot: host.slot };
    },
  };
}

function bindingOf(changes: Partial<PluginBinding> = {}): PluginBinding {
  const source: PluginSource = { kind: "desired", repository: REPOSITORY };
  return {
    ...{ name: PLUGIN, source, phase: "traffic", priority: 0, failurePolicy: "closed" },
    ...{ capabilities: undefined, signedBy: [], config: '{"label":"a"}', keySets: new Map(), mode: "enforce" },
    ...{ sensitiveHeaders: undefined, backends: [], limits: {}, logLevel: undefined, proxyWasm: undefined },
    ...changes,
  };
}

/** One document and two keys; `changes` are to the document. */
export function snapshotOf(
  changes: Partial<PluginBinding> | undefined,
  keys: { publisher: SigningKey; releaser: SigningKey },
): Snapshot {
  const binding = bindingOf(changes);
  return {
    generation: 1,
    listeners: [],
    clusters: new Map(),
    warnings: [],
    plugins: new Map([[binding.name, binding]]),
    trust: {
      publishers: [{ name: "publisher", publicKey: keys.publisher.public.pem }],
      releasers: [{ name: "releaser", publicKey: keys.releaser.public.pem }],
    },
  };
}

/** What the running generation writes on a response: proof that it is the guest that serves. */
export function labelOf(delivery: LocalDelivery): string | undefined {
  const lease = delivery.slot(PLUGIN)?.lease();
  if (lease === undefined) return undefined;
  const exchange = createFakeExchange({});
  lease.generation.onResponse(exchange);
  lease.release();
  return exchange.response.fields.get("x-label");
}

/** The status of the one plugin. */
export function statusOf(delivery: Delivery) {
  const [status] = delivery.status();
  if (status === undefined) throw new Error("expected one plugin, got none");
  return status;
}
