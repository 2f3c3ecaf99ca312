import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { BuiltPlugin } from "../build/build-plugin.ts";
import { HeddleError } from "../errors.ts";
import type { ManualClock } from "../telemetry/clock.ts";
import type { GuestExchange } from "../wasm/exchange.ts";
import { createGeneration, type Generation } from "../wasm/generation.ts";
import { compilePlugin } from "../wasm/plugin.ts";
import type { HostServices } from "../wasm/services.ts";
import { buildCached } from "./build-cache.ts";
import type { FakeBackend } from "./fake-calls.ts";
import {
  createFakeExchange,
  type FakeBody,
  type FakeExchange,
  type FakeHeaders,
  type FakeRequest,
  flatten,
  piecesOf,
} from "./fake-exchange.ts";
import { type FilterResult, filterResult, type ResponseResult, responseResult } from "./filter-result.ts";
import { createRecordingServices, type FakeKeySets, type LogLine, type Recording } from "./recording-services.ts";
import { type MessageHooks, type MessageRun, runMessage } from "./run-message.ts";

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
  /** Replaces single services of the host. */
  readonly services?: Partial<HostServices>;
}

/** A response to put through a filter, as if the backend had sent it. */
export interface FakeResponse extends FakeBody {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: FakeHeaders;
}

/** A filter that runs on the real host, one request at a time. */
export interface MountedFilter extends Recording {
  readonly plugin: BuiltPlugin;
  readonly clock: ManualClock;
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

/** What a filter made of a request, and the way on. */
export interface RequestResult extends FilterResult {
  /** Puts a response of the backend through `onResponse` and `onResponseBody`. */
  respond(response?: FakeResponse): ResponseResult;
  /** Ends the exchange: runs `onLog`. Lines that it logs are in `logs`. */
  end(): readonly LogLine[];
}

/** A `RequestResult` of a filter that calls. */
export interface SentResult extends FilterResult {
  respond(response?: FakeResponse): Promise<ResponseResult>;
  end(): readonly LogLine[];
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
  source: string | URL | BuiltPlugin,
  options: MountOptions = {},
): Promise<MountedFilter> {
  const plugin = await built(source);
  const { config = {}, keySets = {}, now, http = {}, grants = plugin.manifest.capabilities } = options;
  checkConfig(plugin, config);
  const host = createRecordingServices(keySets, now, http);
  const generation = await createGeneration({
    plugin: await compilePlugin(plugin.component, { sourceMap: plugin.sourceMap }),
    name: plugin.manifest.name,
    version: plugin.manifest.version,
    config: JSON.stringify(config),
    grants,
    sensitiveHeaders: options.sensitiveHeaders ?? plugin.manifest.sensitiveHeaders,
    backends: Object.keys(http),
    services: { ...host.services, ...options.services },
  });
  return {
    plugin,
    clock: host.clock,
    ...host.recording,
    request: (request = {}) => run(generation, request, host.recording),
    send: (request = {}) => runLater(generation, request, host.recording),
    idle: host.idle,
    setKeySets: host.setKeySets,
    close: () => generation.close(),
  };
}

async function built(source: string | URL | BuiltPlugin): Promise<BuiltPlugin> {
  if (typeof source === "string") return buildCached(source);
  return source instanceof URL ? buildCached(fileURLToPath(source)) : source;
}

function checkConfig({ manifest }: BuiltPlugin, config: unknown): void {
  if (manifest.configSchema === null) return;
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, logger: false, validateFormats: false });
  if (ajv.validate(manifest.configSchema, config)) return;
  const faults = ajv.errorsText(ajv.errors, { dataVar: "config" });
  throw new HeddleError("CONFIG_INVALID", `the configuration does not follow config.schema.json: ${faults}`, {
    where: manifest.name,
  });
}

function run(generation: Generation, init: FakeRequest, { logs }: Recording): RequestResult {
  const exchange = createFakeExchange(init);
  const result = filterResult(runNow(requestHooks(generation, exchange), piecesOf(init)), exchange);
  return {
    ...result,
    respond(response = {}) {
      answer(exchange, response);
      const run = runNow(responseHooks(generation, exchange), piecesOf(response));
      return responseResult(run, result.request.body, exchange);
    },
    end: () => endOf(generation, exchange, logs),
  };
}

function endOf(generation: Generation, exchange: GuestExchange, logs: LogLine[]): readonly LogLine[] {
  const before = logs.length;
  generation.onLog(exchange);
  generation.release?.(exchange);
  return logs.slice(before);
}

async function runLater(generation: Generation, init: FakeRequest, { logs }: Recording): Promise<SentResult> {
  const exchange = createFakeExchange(init);
  const result = filterResult(await runToEnd(requestHooks(generation, exchange), piecesOf(init)), exchange);
  return {
    ...result,
    async respond(response = {}) {
      answer(exchange, response);
      const run = await runToEnd(responseHooks(generation, exchange), piecesOf(response));
      return responseResult(run, result.request.body, exchange);
    },
    end: () => endOf(generation, exchange, logs),
  };
}

function requestHooks(generation: Generation, exchange: GuestExchange): MessageHooks {
  const { onRequestBody } = generation;
  return {
    head: () => generation.onRequest(exchange),
    body: onRequestBody && ((piece) => onRequestBody(exchange, piece)),
  };
}

function responseHooks(generation: Generation, exchange: GuestExchange): MessageHooks {
  const { onResponseBody } = generation;
  return {
    head: () => generation.onResponse(exchange),
    body: onResponseBody && ((piece) => onResponseBody(exchange, piece)),
  };
}

function answer({ response }: FakeExchange, fake: FakeResponse): void {
  const pairs = flatten(fake.headers);
  response.status = fake.status ?? 200;
  response.hasBody = piecesOf(fake).length > 0;
  for (let i = 0; i < pairs.length; i += 2) response.fields.add(pairs[i] ?? "", pairs[i + 1] ?? "");
}

function runNow(hooks: MessageHooks, pieces: readonly Uint8Array[]): MessageRun {
  let run: MessageRun | undefined;
  runMessage(hooks, pieces, (done) => {
    run = done;
  });
  if (run === undefined) throw new Error("the filter waits for a call: use `await filter.send(...)`");
  return run;
}

function runToEnd(hooks: MessageHooks, pieces: readonly Uint8Array[]): Promise<MessageRun> {
  return new Promise((resolve) => runMessage(hooks, pieces, resolve));
}
