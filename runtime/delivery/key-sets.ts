import { readFile } from "node:fs/promises";
import type { KeySetSource, PluginBinding } from "../config/snapshot.ts";
import { HeddleError, messageOf } from "../errors.ts";
import { parseJwks } from "../wasm/services/jwks.ts";
import type { KeySetSource as KeySetOrigin, VerificationKey } from "../wasm/services/key-sets.ts";
import { followKeySet, type RemoteKeySet, type RemoteKeySetMeans } from "./remote-key-set.ts";

/** The key sets of one Plugin document. Those from a URL are fetched anew; a failed fetch keeps the keys that were good. */
export interface LoadedKeySets extends KeySetOrigin {
  /** Stops fetching; the keys stay readable for exchanges in flight. */
  close(): void;
}

/**
 * Loads every key set that a document names. A file or inline set that cannot be read is an error of the configuration
 * (CONFIG_REFUSED); a URL that does not answer is not: its keys come from the last fetch, or are absent until one succeeds.
 */
export async function createKeySets(
  { name: plugin, keySets }: PluginBinding,
  means: RemoteKeySetMeans,
): Promise<LoadedKeySets> {
  const local = new Map<string, readonly VerificationKey[]>();
  const remote = new Map<string, RemoteKeySet>();
  for (const [name, source] of keySets) {
    if (source.kind !== "url") local.set(name, await loadLocal(name, source, plugin));
  }
  const listeners: (() => void)[] = [];
  const fetched = () => {
    for (const listener of listeners) listener();
  };
  const urls = [...keySets].map(async ([name, source]) => {
    if (source.kind === "url") remote.set(name, await followKeySet({ name, source, plugin }, means, fetched));
  });
  await Promise.all(urls);
  return {
    get: (name) => local.get(name) ?? remote.get(name)?.keys(),
    missed: (name) => remote.get(name)?.missed(),
    copies: () => [
      ...[...local].map(([name, keys]) => ({ name, keys, until: Number.POSITIVE_INFINITY })),
      ...[...remote].map(([name, set]) => ({ name, keys: set.keys(), until: set.until })),
    ],
    onFetched: (listener) => void listeners.push(listener),
    close() {
      for (const set of remote.values()) set.close();
    },
  };
}

async function loadLocal(
  name: string,
  source: Exclude<KeySetSource, { kind: "url" }>,
  plugin: string,
): Promise<readonly VerificationKey[]> {
  try {
    return parseJwks(source.kind === "inline" ? source.jwks : await readFile(source.path, "utf8"));
  } catch (cause) {
    throw new HeddleError("CONFIG_REFUSED", `expected key set ${name} to be a JWKS: ${messageOf(cause)}`, {
      where: plugin,
      cause,
    });
  }
}
