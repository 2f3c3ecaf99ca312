import type { FakeKeySets } from "../../../runtime/workbench/recording-services.ts";

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
