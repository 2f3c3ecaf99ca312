import { fileURLToPath } from "node:url";
import type { BuildResult } from "../build/build-store.ts";
import { HeddleError, isHeddleError } from "../errors.ts";
import type { ManualClock } from "../telemetry/clock.ts";
import type { ProxyWasmOptions } from "../wasm/abi/proxy-wasm/options.ts";
import { createGeneration } from "../wasm/generation.ts";
import { type CompiledPlugin, compilePlugin } from "../wasm/plugin.ts";
import type { HostServices } from "../wasm/services.ts";
import { buildCached } from "./build-cache.ts";
import { checkConfig } from "./check-config.ts";
import type { FakeBackend } from "./fake-calls.ts";
import type { FakeRequest } from "./fake-exchange.ts";
import { type FakeStore, fakeStore } from "./fake-store.ts";
import { observeInstances } from "./line-coverage/counted-runs.ts";
import { startConfig } from "./module-settings.ts";
import type { FakeQuota } from "./preset-quota.ts";
import { createRecordingServices, type FakeKeySets, type Recording } from "./recording-services.ts";
import { type RequestResult, runLater, runNow, type SentResult } from "./run-exchange.ts";

export interface MountOptions {
  /** The filter's configuration, checked against its schema. @default {} */
  readonly config?: unknown;
  /** Key sets that the filter may name, as JWKS. */
  readonly keySets?: FakeKeySets;
  /** Capabilities granted; all that the filter imports unless given. */
  readonly grants?: readonly string[];
  /** Sensitive headers that it may read; those that its plugin.json names unless given. */
  readonly sensitiveHeaders?: readonly string[];
  /** The time at which the filter's clock stands still, in milliseconds since the epoch. @default 2026-01-01 */
  readonly now?: number;
  /** Backends that the filter may call, as `namespace/name:port`, and what they answer. @default none */
  readonly http?: Readonly<Record<string, FakeBackend>>;
  /** What the store holds at first, as text. @default {} */
  readonly store?: Readonly<Record<string, string>>;
  /** Tokens that quota buckets hold at first, by the bucket's name. @default all of them are full */
  readonly quota?: FakeQuota;
  /** Of a filter that was built for proxy-wasm. */
  readonly proxyWasm?: ProxyWasmOptions;
  /** Replaces single services of the host. */
  readonly services?: Partial<HostServices>;
}

/** A filter that runs on the real host, one request at a time. */
export interface MountedFilter extends Recording {
  readonly plugin: BuildResult;
  readonly clock: ManualClock;
  /** What the filter keeps in the store. */
  readonly store: FakeStore;
  /** Puts a request through `onRequest` and `onRequestBody`. A filter without these hooks lets it through. */
  request(request?: FakeRequest): RequestResult;
  /** The same for a filter that calls: resolves when it has decided. */
  send(request?: FakeRequest): Promise<SentResult>;
  /** Resolves when every call that was begun is over: after `clock.advance`, which runs `onTick` and expires calls. */
  idle(): Promise<void>;
  /** Replaces the key sets, as a rotation would. */
  setKeySets(keySets: FakeKeySets): void;
  close(): void;
}

/**
 * Builds the filter in a folder (once per content) and starts it on the real host, with a clock that stands still.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { test } from "node:test";
 * import { mountFilter } from "heddle/test";
 *
 * test("answers 401 without a key", async () => {
 *   const filter = await mountFilter(import.meta.dirname, { config: { header: "x-api-key" } });
 *   const result = filter.request({ path: "/orders" });
 *   assert.equal(result.status, 401);
 * });
 * ```
 *
 * @param source folder of the filter, its URL, or a plugin that was built already
 * @throws what `buildPlugin` throws; CONFIG_INVALID (the schema), CONFIG_REFUSED (the filter), IMPORT_NOT_GRANTED
 */
export async function mountFilter(
  source: string | URL | BuildResult,
  options: MountOptions = {},
): Promise<MountedFilter> {
  const plugin = await built(source);
  return mountCompiled(plugin, await compile(plugin), options);
}

/** As `mountFilter`, for a plugin that was compiled already. */
export async function mountCompiled(
  plugin: BuildResult,
  compiled: CompiledPlugin,
  options: MountOptions = {},
): Promise<MountedFilter> {
  const { config = {}, keySets = {}, now, http = {}, quota } = options;
  const isModule = plugin.target === "proxy-wasm";
  // What a module imports says more than its manifest, which speaks the contract's language.
  const grants = options.grants ?? (isModule ? compiled.capabilities : plugin.manifest.capabilities);
  checkConfig(plugin.manifest, config);
  const host = createRecordingServices(keySets, now, http, quota);
  const services = { observe: observeInstances(plugin), ...host.services, ...options.services };
  const store = fakeStore(services.store, plugin.manifest.name);
  for (const [key, value] of Object.entries(options.store ?? {})) store.set(key, value);
  const generation = await createGeneration({
    plugin: compiled,
    name: plugin.manifest.name,
    version: plugin.manifest.version,
    config: JSON.stringify(startConfig(plugin, options)),
    grants,
    sensitiveHeaders: options.sensitiveHeaders ?? plugin.manifest.sensitiveHeaders,
    backends: Object.keys(http),
    services,
    proxyWasm: options.proxyWasm ?? (isModule ? { allowOnHeadersStopIteration: true } : undefined),
    frames: true,
    fuelPerMilli: FUEL_PER_MILLI,
  }).catch((error) => {
    throw configRefusal(error);
  });
  return {
    plugin,
    clock: host.clock,
    store,
    ...host.recording,
    request: (request = {}) => runNow(generation, request, host.recording),
    send: (request = {}) => runLater(generation, request, host.recording),
    idle: host.idle,
    setKeySets(next) {
      if (isModule)
        throw new TypeError("a filter built for proxy-wasm has its keys in its configuration: mount it anew");
      host.setKeySets(next);
    },
    close: () => generation.close(),
  };
}

/** Here nobody has a Plugin document whose spec.config could be corrected. */
function configRefusal(error: unknown): unknown {
  if (!isHeddleError(error) || error.code !== "CONFIG_REFUSED") return error;
  const { message, where } = error;
  const remedy = "Give it another `config`: in the case, at the top of its file, or in what mountFilter is given.";
  return new HeddleError("CONFIG_REFUSED", message, { ...(where !== undefined && { where }), remedy, cause: error });
}

async function built(source: string | URL | BuildResult): Promise<BuildResult> {
  if (typeof source === "string") return buildCached(source);
  return source instanceof URL ? buildCached(fileURLToPath(source)) : source;
}

/**
 * What a fast machine's proxy gives at most (`meter/fuel-rate.ts`), on every machine: what a test says of a filter must not depend
 * on where it runs, and a draft burns more than the release. What a release burns is for `heddle bench` to show.
 */
const FUEL_PER_MILLI = 5_000_000;

/** A test mounts the same filter again and again. */
const compilations = new WeakMap<BuildResult, Promise<CompiledPlugin>>();

function compile(plugin: BuildResult): Promise<CompiledPlugin> {
  const known = compilations.get(plugin);
  if (known !== undefined) return known;
  const compiling = compilePlugin(plugin.component, { sourceMap: plugin.sourceMap });
  compilations.set(plugin, compiling);
  return compiling;
}
