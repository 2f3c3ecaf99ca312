import type { BuildResult } from "../build/build-store.ts";
import type { MountOptions } from "./mount-filter.ts";
import type { FakeKeySets } from "./recording-services.ts";

/** What a filter built for proxy-wasm finds under `heddle` in its configuration. */
export function hostSettings(keySets: FakeKeySets, backends: readonly string[]): object {
  const parsed = Object.entries(keySets).map(([name, keys]) => [
    name,
    typeof keys === "string" ? JSON.parse(keys) : keys,
  ]);
  return { keySets: Object.fromEntries(parsed), backends };
}

/** Every `namespace/name:port` in a configuration. */
export function backendsIn(config: unknown): string[] {
  const texts = JSON.stringify(config ?? {}).matchAll(/"([a-z0-9-]+\/[a-z0-9-]+:\d+)"/g);
  return [...new Set([...texts].map(([, name = ""]) => name))];
}

/** The configuration that a filter is started with: one built for proxy-wasm has the host's settings in it. */
export function startConfig({ target }: BuildResult, { config = {}, keySets = {}, http = {} }: MountOptions): unknown {
  const isObject = typeof config === "object" && config !== null && !Array.isArray(config);
  if (target !== "proxy-wasm" || !isObject || "heddle" in config) return config;
  return { ...config, heddle: hostSettings(keySets, [...backendsIn(config), ...Object.keys(http)]) };
}
