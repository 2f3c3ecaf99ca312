import type { Manifest } from "../artifact/manifest.ts";
import type { Release } from "../artifact/verify-release.ts";
import type { ProxyWasmBinding } from "../config/snapshot.ts";
import { HeddleError } from "../errors.ts";
import type { HealthEvent } from "../wasm/health/quarantine.ts";
import type { CompiledPlugin } from "../wasm/plugin.ts";
import type { PluginHost, StartablePlugin, StartedPlugin } from "../wasm/plugin-host.ts";
import type { KeySetSource } from "../wasm/services/key-sets.ts";
import { compileOnce } from "./compile-once.ts";
import { assertConfig } from "./config-check.ts";
import type { Order } from "./order.ts";
import type { PartSource } from "./source.ts";
import { verifiedParts } from "./verified-parts.ts";

/** A plugin that has met every obligation: warm, and ready to be swapped in. */
export interface Installed {
  readonly started: StartedPlugin;
  /** Digest of the component. */
  readonly digest: string;
  readonly manifest: Manifest;
  /** Undefined for a local file that may be unsigned. */
  readonly release: Release | undefined;
  /** What a restart needs: the image manifest first, then bundles, config and component. */
  readonly parts: {
    readonly image: Uint8Array;
    readonly bundles: readonly Uint8Array[];
    readonly blobs: Uint8Array[];
    readonly sourceMap: Uint8Array | undefined;
  };
}

/** Where a plugin is started, the keys that it may name, and who hears of it once it serves. */
export interface Destination {
  readonly host: PluginHost;
  readonly keySets: KeySetSource;
  readonly observe: (event: HealthEvent) => void;
}

/**
 * Turns an order into a warm generation. Each line is an obligation that throws its own code; nothing is compiled that
 * was not signed, granted and configured, and nothing that runs is touched.
 */
export async function install(
  order: Order,
  source: PartSource,
  { host, keySets, observe }: Destination,
): Promise<Installed> {
  const parts = await verifiedParts(order, source);
  const { manifest, component, release, sourceMap } = parts;
  const grants = assertGranted(manifest, order);
  assertConfig(manifest, order.binding);
  const { memoryPages } = order.binding.limits;
  const plugin = await compileOnce(component, {
    // Others do not change the code, which configurations of a plugin share.
    limits: memoryPages === undefined ? {} : { memoryPages },
    ...(sourceMap && { sourceMap: new TextDecoder().decode(sourceMap) }),
  });
  assertDeclared(plugin, manifest, source.where);
  const { name, config: json, limits, backends, failurePolicy, logLevel } = order.binding;
  const proxyWasm = withRootId(order.binding.proxyWasm, parts.rootId);
  const startable = {
    ...{ plugin, name, version: manifest.version, config: json, grants, limits, backends, proxyWasm, logLevel },
    sensitiveHeaders: order.binding.sensitiveHeaders ?? manifest.sensitiveHeaders,
    keepPrevious: failurePolicy === "previous",
  };
  return {
    started: await host.start(startable, keySets, observe),
    digest: plugin.digest,
    manifest,
    release,
    parts: { image: parts.image, bundles: parts.bundles, blobs: parts.blobs, sourceMap },
  };
}

/** The document's word counts before the image's. */
function withRootId(proxyWasm: ProxyWasmBinding | undefined, rootId: string | undefined): StartablePlugin["proxyWasm"] {
  if (rootId === undefined || proxyWasm?.pluginRootId) return proxyWasm;
  return { ...proxyWasm, pluginRootId: rootId };
}

/** What the plugin may import: the document's list, or what its signed manifest asks for. */
function assertGranted({ capabilities }: Manifest, { binding }: Order): readonly string[] {
  const grants = binding.capabilities ?? capabilities;
  const refused = capabilities.filter((name) => !grants.includes(name));
  if (refused.length === 0) return grants;
  const message = `expected imports within [${grants.join(", ")}], the plugin also imports ${refused.join(", ")}`;
  throw new HeddleError("IMPORT_NOT_GRANTED", message, { where: binding.name });
}

/** What the component imports and exports is what its manifest says. */
function assertDeclared(plugin: CompiledPlugin, manifest: Manifest, where: string): void {
  for (const field of ["capabilities", "hooks"] as const) {
    const [declared, found] = [manifest[field], plugin[field]].map((names) => [...names].sort().join(", "));
    if (declared === found) continue;
    const message = `expected the component's ${field} to be [${declared}] as its manifest says, got [${found}]`;
    throw new HeddleError("COMPONENT_INVALID", message, { where });
  }
}
