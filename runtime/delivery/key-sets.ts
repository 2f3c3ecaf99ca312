import { readFile } from "node:fs/promises";
import { Agent, request } from "undici";
import type { KeySetSource, PluginBinding } from "../config/snapshot.ts";
import { HeddleError, messageOf } from "../errors.ts";
import { parseJwks } from "../wasm/services/jwks.ts";
import type { KeySets, VerificationKey } from "../wasm/services/key-sets.ts";
import { type BackoffOptions, createBackoff, pause } from "./backoff.ts";
import type { Cache } from "./cache.ts";
import { readCapped } from "./oci/body.ts";
import { isLoopback } from "./oci/origin.ts";

/** The key sets of one Plugin document. Those from a URL are fetched anew; a failed fetch keeps the keys that were good. */
export interface LoadedKeySets extends KeySets {
  /** Stops fetching; the keys stay readable for exchanges in flight. */
  close(): void;
}

export interface KeySetMeans {
  readonly cache: Cache;
  readonly log: (level: "info" | "warn", message: string, fields: Record<string, unknown>) => void;
  readonly retry?: BackoffOptions;
}

const SIZE_LIMIT = 1 << 20;
const SHORTEST_REFRESH = 30;

/**
 * Loads every key set that a document names. A file or inline set that cannot be read is an error of the configuration
 * (CONFIG_REFUSED); a URL that does not answer is not: its keys come from the last fetch, or are absent until one succeeds.
 */
export async function createKeySets(binding: PluginBinding, means: KeySetMeans): Promise<LoadedKeySets> {
  const sets = new Map<string, readonly VerificationKey[]>();
  const stop = new AbortController();
  for (const [name, source] of binding.keySets) {
    if (source.kind !== "url") sets.set(name, await loadLocal(name, source, binding.name));
    else await followUrl({ name, source, plugin: binding.name, sets, signal: stop.signal }, means);
  }
  return { get: (name) => sets.get(name), close: () => stop.abort() };
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

interface Followed {
  readonly name: string;
  readonly source: Extract<KeySetSource, { kind: "url" }>;
  readonly plugin: string;
  readonly sets: Map<string, readonly VerificationKey[]>;
  readonly signal: AbortSignal;
}

/** Resolves after the first try; refreshes in the background until the signal fires. */
async function followUrl(followed: Followed, means: KeySetMeans): Promise<void> {
  const { source, signal } = followed;
  const backoff = createBackoff({ base: 1000 * SHORTEST_REFRESH, max: 300_000, ...means.retry });
  const interval = 1000 * Math.max(SHORTEST_REFRESH, source.refreshSeconds);
  const refresh = async () => {
    while (!signal.aborted) {
      await pause(fresh ? interval : backoff.next(), signal);
      if (!signal.aborted) fresh = await fetchInto(followed, means);
      if (fresh) backoff.reset();
    }
  };
  let fresh = await fetchInto(followed, means);
  void refresh();
}

/** Whether the keys are fresh. */
async function fetchInto({ name, source, plugin, sets, signal }: Followed, means: KeySetMeans): Promise<boolean> {
  const record = `keys ${source.url}`;
  try {
    const text = await fetchText(source.url, signal);
    sets.set(name, parseJwks(text));
    await means.cache.writeRecord(record, { text });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    means.log("warn", "key set not refreshed", { plugin, keySet: name, url: source.url, reason: messageOf(error) });
    const stored = sets.has(name) ? undefined : await means.cache.readRecord(record);
    const text = (stored as { text?: unknown } | undefined)?.text;
    if (!sets.has(name)) sets.set(name, typeof text === "string" ? parseJwks(text) : []);
    return false;
  }
}

async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  const parsed = new URL(url);
  if (parsed.protocol !== "https:" && !(parsed.protocol === "http:" && isLoopback(parsed.host))) {
    throw new HeddleError("CONFIG_REFUSED", `expected an https URL, got ${parsed.protocol}//${parsed.host}`);
  }
  const agent = new Agent({ headersTimeout: 5_000, bodyTimeout: 5_000, connect: { timeout: 5_000 } });
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
    const { statusCode, body } = await request(parsed, { dispatcher: agent, signal: limited });
    const bytes = await readCapped(body, SIZE_LIMIT, url);
    if (statusCode === 200) return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    throw new HeddleError("REGISTRY_UNREACHABLE", `expected a JWKS, got status ${statusCode}`, { where: url });
  } finally {
    await agent.destroy();
  }
}
