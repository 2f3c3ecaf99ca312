import { HeddleError, messageOf } from "../../../errors.ts";
import type { BodyPiece, Fields, GuestExchange } from "../../exchange.ts";
import type { Generation, GenerationOptions } from "../../generation.ts";
import { hiddenFields } from "../../host/field-sight.ts";
import { PLUGIN_LIMITS, type PluginLimits, PROXY_WASM_LIMITS } from "../../limits.ts";
import { fuelBudgets } from "../../meter/fuel-budgets.ts";
import { StartBudget } from "../../meter/start-budget.ts";
import type { BodyUses } from "../../plugin.ts";
import { explainTraps } from "../../trap.ts";
import { type Hook, NEXT, type Verdict } from "../../verdict.ts";
import { conclude, type Part } from "./actions.ts";
import type { ProxyWasmCode } from "./code.ts";
import { type Direction, type Flow, StreamContext } from "./contexts.ts";
import { createFilterHost } from "./filter-host.ts";
import type { Callback } from "./guest-vm.ts";
import { Machines } from "./machines.ts";
import { requestHead, responseHead } from "./pseudo-headers.ts";

export type ProxyWasmGenerationOptions = GenerationOptions & { readonly fuelPerMilli: number };

/**
 * Starts a filter of the proxy-wasm ABI: one machine of its own in this thread, with one root context, and a spare one.
 *
 * @throws START_FAILED, CONFIG_REFUSED
 */
export function createProxyWasmGeneration(options: ProxyWasmGenerationOptions, code: ProxyWasmCode): Generation {
  const { name, services, config, backends = [], proxyWasm = {} } = options;
  if (proxyWasm.type !== "background") assertSeesExchanges(code, name);
  const limits: PluginLimits = { ...PLUGIN_LIMITS, ...PROXY_WASM_LIMITS, ...options.limits };
  const hidden = hiddenFields(options.sensitiveHeaders);
  const fuel = fuelBudgets(limits, options.fuelPerMilli);
  const start = new StartBudget(fuel, options.startFuel);
  const host = createFilterHost({ plugin: name, services, fuel, start, hidden, config, backends, options: proxyWasm });
  for (const call of code.vendorCalls) {
    services.log({ plugin: name, level: "warn", message: `it imports ${call}, which this proxy does not have` });
  }
  const explain = explainTraps(options.plugin.sourceMap, options.plugin.offsets);
  const machines = new Machines(code, host, explain, options.aside);
  return new FilterGeneration(options, code, machines);
}

const OF_CONNECTIONS = /^proxy_on_(?:new_connection|(?:down|up)stream_(?:data|connection_close))$/;
const OF_EXCHANGES = /^proxy_on_(?:(?:request|response)_(?:headers|body|trailers)|log)$/;

/** A module for TCP would be silent here: it is told so. SDKs export callbacks of both kinds. */
function assertSeesExchanges({ callbacks }: ProxyWasmCode, where: string): void {
  const tcp = callbacks.find((callback) => OF_CONNECTIONS.test(callback));
  if (tcp === undefined || callbacks.some((callback) => OF_EXCHANGES.test(callback))) return;
  const message = `expected a filter of HTTP, got one of TCP connections (${tcp}), which this proxy does not call`;
  throw new HeddleError("COMPONENT_UNSUPPORTED", message, { where });
}

class FilterGeneration implements Generation {
  readonly version: string;
  readonly digest: string;
  readonly hooks: ReadonlySet<Hook>;
  readonly bodies: BodyUses;
  readonly bodyBytes: number;
  readonly seesOwnAnswers = true;
  readonly logsUnreached: boolean;
  readonly onRequestBody: Generation["onRequestBody"];
  readonly onResponseBody: Generation["onResponseBody"];
  readonly onRequestTrailers: Generation["onRequestTrailers"];
  readonly onResponseTrailers: Generation["onResponseTrailers"];
  readonly #machines: Machines;
  readonly #streams = new Map<number, StreamContext>();

  constructor(options: GenerationOptions, { callbacks }: ProxyWasmCode, machines: Machines) {
    const { plugin, version, proxyWasm, limits } = options;
    const background = proxyWasm?.type === "background";
    this.version = version;
    this.digest = plugin.digest;
    this.hooks = new Set(background ? [] : plugin.hooks);
    this.bodies = background ? { request: "none", response: "none" } : plugin.bodies;
    this.bodyBytes = { ...PLUGIN_LIMITS, ...limits }.bodyBytes;
    this.#machines = machines;
    const has = (callback: string) => !background && callbacks.includes(callback);
    this.logsUnreached = has("proxy_on_log");
    if (has("proxy_on_request_body")) this.onRequestBody = (exchange, piece) => this.#body("request", exchange, piece);
    if (has("proxy_on_response_body"))
      this.onResponseBody = (exchange, piece) => this.#body("response", exchange, piece);
    if (has("proxy_on_request_trailers"))
      this.onRequestTrailers = (exchange, trailers) => this.#trailers("request", exchange, trailers);
    if (has("proxy_on_response_trailers"))
      this.onResponseTrailers = (exchange, trailers) => this.#trailers("response", exchange, trailers);
  }

  get traps(): number {
    return this.#machines.traps;
  }

  get fuelUsed(): number {
    return this.#machines.fuelUsed;
  }

  get startFuel(): number | undefined {
    return this.#machines.startFuel;
  }

  get memorySize(): number {
    return this.#machines.memorySize;
  }

  onRequest(exchange: GuestExchange): Verdict {
    return this.#on(exchange, (stream) => this.#head("request", stream, requestHead(stream.vm.host, exchange).count()));
  }

  onResponse(exchange: GuestExchange): Verdict {
    return this.#on(exchange, (stream) =>
      this.#head("response", stream, responseHead(stream.vm.host, exchange).count()),
    );
  }

  #head(direction: Direction, stream: StreamContext, count: number): Verdict {
    const flow = stream[direction];
    if (direction === "response" && stream.answered && flow.head !== "unseen") stream.past = true;
    flow.head = "open";
    const callback = stream.vm.exports[`proxy_on_${direction}_headers`];
    return this.#run(stream, flow, "head", callback, count, stream.exchange[direction].hasBody ? 0 : 1);
  }

  #body(direction: Direction, exchange: GuestExchange, piece: BodyPiece): Verdict {
    return this.#on(exchange, (stream) => {
      const flow = stream[direction];
      flow.piece = piece;
      const callback = stream.vm.exports[`proxy_on_${direction}_body`];
      return this.#run(stream, flow, "body", callback, piece.bytes.length, piece.end ? 1 : 0);
    });
  }

  #trailers(direction: Direction, exchange: GuestExchange, trailers: Fields): Verdict {
    return this.#on(exchange, (stream) => {
      const flow = stream[direction];
      flow.trailers = trailers;
      return this.#run(stream, flow, "trailers", stream.vm.exports[`proxy_on_${direction}_trailers`], trailers.count());
    });
  }

  /** Of an exchange whose machine has ended there is nothing to say: it was told before. */
  onLog(exchange: GuestExchange): Verdict {
    if (this.#streams.get(exchange.id)?.vm.fault !== undefined) return NEXT;
    return this.#on(exchange, (stream) => {
      const { vm } = stream;
      stream.logging = true;
      return this.#guarded(stream, () => {
        finish(stream);
        vm.call(stream, vm.exports.proxy_on_log, stream.id);
        return NEXT;
      });
    });
  }

  release(exchange: GuestExchange): void {
    const stream = this.#streams.get(exchange.id);
    if (stream === undefined) return;
    this.#streams.delete(exchange.id);
    stream.logging = true;
    const { vm } = stream;
    if (vm.fault === undefined) {
      const verdict = this.#guarded(stream, () => {
        finish(stream);
        vm.call(stream, vm.exports.proxy_on_delete, stream.id);
        return NEXT;
      });
      this.#machines.aside.count("proxy_on_delete", verdict);
    }
    vm.streams.delete(stream.id);
    this.#machines.left(vm);
  }

  close(): void {
    this.#machines.close();
  }

  /** The context of an exchange is made when the filter first sees it. */
  #on(exchange: GuestExchange, run: (stream: StreamContext) => Verdict): Verdict {
    const known = this.#streams.get(exchange.id);
    if (known !== undefined) return known.vm.fault === undefined ? run(known) : lost();
    if (this.#machines.closed) return { kind: "fault", code: "START_FAILED", detail: "the plugin was closed" };
    try {
      const vm = this.#machines.forNewStream();
      const stream = new StreamContext(vm, vm.nextContextId(), exchange);
      this.#streams.set(exchange.id, stream);
      vm.streams.set(stream.id, stream);
      return this.#guarded(stream, () => {
        vm.call(stream, vm.exports.proxy_on_context_create, stream.id, vm.root.id);
        return run(stream);
      });
    } catch (thrown) {
      return { kind: "fault", code: "START_FAILED", detail: messageOf(thrown) };
    }
  }

  #run(stream: StreamContext, flow: Flow, part: Part, callback: Callback | undefined, size: number, end = 0): Verdict {
    flow.begin();
    if (callback === undefined || stream.past) {
      flow.pass();
      return NEXT;
    }
    const { fuel } = stream.vm.host;
    const allowed = stream.vm.allow(Math.min(part === "body" ? fuel.body : fuel.head, fuel.exchange - stream.spent));
    if (!allowed) return spent(fuel.limits.exchangeMillis);
    return this.#guarded(stream, () =>
      conclude(stream, flow, part, stream.vm.call(stream, callback, stream.id, size, end) ?? 0),
    );
  }

  #guarded(stream: StreamContext, run: () => Verdict): Verdict {
    try {
      return run();
    } catch (thrown) {
      return this.#machines.fail(stream.vm, thrown);
    }
  }
}

/** `proxy_on_done`, once. Whatever it answers, the exchange is over. */
function finish(stream: StreamContext): void {
  if (stream.done) return;
  stream.done = true;
  stream.vm.call(stream, stream.vm.exports.proxy_on_done, stream.id);
}

function spent(milliseconds: number): Verdict {
  return { kind: "fault", code: "FUEL_EXHAUSTED", detail: `it used up its ${milliseconds} ms for one exchange` };
}

function lost(): Verdict {
  return { kind: "fault", code: "GUEST_LOST", detail: "the instance that this exchange was on has ended" };
}
