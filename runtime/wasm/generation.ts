import { HeddleError } from "../errors.ts";
import type { ProxyWasmOptions } from "./abi/proxy-wasm/options.ts";
import { bindPlugin } from "./bind-plugin.ts";
import type { BodyPiece, Fields, GuestExchange } from "./exchange.ts";
import { fuelWorth } from "./fuel-worth.ts";
import type { Quarantine } from "./health/quarantine.ts";
import { hiddenFields } from "./host/field-sight.ts";
import { idleExchange } from "./host/idle-exchange.ts";
import type { PluginScope } from "./host/plugin-scope.ts";
import { createTicker } from "./host/ticker.ts";
import { PLUGIN_LIMITS, type PluginLimits } from "./limits.ts";
import { fuelBudgets } from "./meter/fuel-budgets.ts";
import { StartBudget } from "./meter/start-budget.ts";
import type { BodyUses, CompiledPlugin } from "./plugin.ts";
import { createRunner } from "./runner/create-runner.ts";
import { FuelAccount } from "./runner/fuel-account.ts";
import type { RunHook, Runner } from "./runner/runner.ts";
import type { HostServices } from "./services.ts";
import { createStarter } from "./starter.ts";
import { explainTraps } from "./trap.ts";
import { type Hook, NEXT, type Verdict } from "./verdict.ts";

/** One compiled plugin under one configuration, running. */
export interface Generation {
  /** The plugin's version. */
  readonly version: string;
  /** The component's digest. */
  readonly digest: string;
  readonly hooks: ReadonlySet<Hook>;
  /** Hooks that the plugin does not have answer `next`. None of them throws. */
  onRequest(exchange: GuestExchange): Verdict;
  onResponse(exchange: GuestExchange): Verdict;
  /** Of plugins with these hooks only, and for messages with a body: piece by piece, or whole where the head was held so. */
  onRequestBody?(exchange: GuestExchange, piece: BodyPiece): Verdict;
  onResponseBody?(exchange: GuestExchange, piece: BodyPiece): Verdict;
  onRequestTrailers?(exchange: GuestExchange, trailers: Fields): Verdict;
  onResponseTrailers?(exchange: GuestExchange, trailers: Fields): Verdict;
  /** The verdict is `next` or a fault, for the log. */
  onLog(exchange: GuestExchange): Verdict;
  /** The exchange is over: what waits for it is given up. Called once for each exchange that ran a hook. */
  release?: ((exchange: GuestExchange) => void) | undefined;
  /** What it does to bodies; one that edits is the reason why a length that was promised cannot be kept. */
  readonly bodies?: BodyUses;
  /** Whether a response in which it answers a request comes by its own hooks, as it comes by those of filters before it. */
  readonly seesOwnAnswers?: boolean;
  /** Whether `onLog` is told of exchanges that ended at a filter before it, too. */
  readonly logsUnreached?: boolean;
  /** Bytes that it may keep of one body at once. @default PLUGIN_LIMITS.bodyBytes */
  readonly bodyBytes?: number;
  /** Fuel that all its hooks have burnt, in units; for its share of a thread. */
  readonly fuelUsed?: number;
  /** Why it is not run at the moment; undefined while it is. */
  readonly quarantine?: Quarantine | undefined;
  /** Hooks that were not run because it had used up its share of the thread's time. */
  readonly shed?: number;
  /** Instances that were started, those that gave way to others included. */
  readonly started?: number;
  /** Units of fuel that the first of these starts has burnt. */
  readonly startFuel?: number | undefined;
  /** Lets the instances go; hooks called afterwards are faults. */
  close(): void;
  /** How often the guest trapped or broke the contract. */
  readonly traps: number;
  /** Bytes of linear memory of the running instance. */
  readonly memorySize: number;
}

/** What becomes of callbacks that no exchange waits for. */
export interface Aside {
  /** Runs it, or does not. */
  run(run: () => Verdict): Verdict;
  /** It ran, since it had to, for a reason of its own: `next` or a fault. */
  count(callback: string, verdict: Verdict): void;
}

export interface GenerationOptions {
  readonly plugin: CompiledPlugin;
  /** For logs, metrics, quota buckets and the store. */
  readonly name: string;
  readonly version: string;
  /** JSON text. */
  readonly config: string;
  /** The interfaces that the plugin may import. */
  readonly grants: readonly string[];
  readonly services: HostServices;
  /** @default PLUGIN_LIMITS */
  readonly limits?: Partial<PluginLimits> | undefined;
  /** `namespace/name:port` of the backends that it may call. @default none */
  readonly backends?: readonly string[] | undefined;
  /** Of the `SENSITIVE_HEADERS`, those that it may read. @default none */
  readonly sensitiveHeaders?: readonly string[] | undefined;
  /** Of plugins of the proxy-wasm ABI. */
  readonly proxyWasm?: ProxyWasmOptions | undefined;
  /** Units of fuel that a millisecond of its limits is worth. @default as measured in this process */
  readonly fuelPerMilli?: number | undefined;
  /** `startFuel` of another thread, which has tried it: starts may burn little more. @default the first one has its whole time */
  readonly startFuel?: number | undefined;
  /** Of what no exchange waits for. @default it is run, and counts for nothing */
  readonly aside?: Aside | undefined;
  /** Whether faults tell where every frame of the guest was: for its author. @default false */
  readonly frames?: boolean | undefined;
}

/**
 * Starts a plugin: checks its grants, instantiates and configures it, and keeps a second, equally configured instance
 * ready to take over when the first one traps.
 *
 * @throws IMPORT_NOT_GRANTED, START_FAILED, CONFIG_REFUSED
 */
export async function createGeneration(options: GenerationOptions): Promise<Generation> {
  const { plugin, config } = options;
  const { code } = plugin;
  checkGrants(options);
  const perMilli = await fuelWorth(options.fuelPerMilli);
  if (code.kind === "proxy-wasm") {
    const { createProxyWasmGeneration } = await import("./abi/proxy-wasm/generation.ts");
    return createProxyWasmGeneration({ ...options, fuelPerMilli: perMilli }, code);
  }
  const scope = scopeOf(options);
  const explain = explainTraps(plugin.sourceMap, plugin.offsets, options.frames);
  const budgets = fuelBudgets(scope.limits, perMilli);
  const fuel = new FuelAccount(budgets);
  const instantiate = await bindPlugin(plugin);
  const budget = new StartBudget(budgets, options.startFuel);
  let started = 0;
  const starter = createStarter({ instantiate, hooks: plugin.hooks, scope, config, budget, explain });
  const start = () => {
    started += 1;
    return starter();
  };
  const sleeps = plugin.capabilities.includes("http-client");
  const { limits } = scope;
  const { services } = options;
  const runner = await createRunner({ start, hooks: plugin.hooks, fuel, explain, limits, services, sleeps });
  const generation = new PluginGeneration(options, { scope, runner, fuel, sleeps, started: () => started, budget });
  if (generation.hooks.has("on-tick")) scope.ticker.start(ticking(runner, scope, options.aside));
  return generation;
}

interface Parts {
  readonly scope: PluginScope;
  readonly runner: Runner;
  readonly fuel: FuelAccount;
  readonly sleeps: boolean;
  readonly started: () => number;
  readonly budget: StartBudget;
}

/** A class, not an object with accessors: the engine reads those by name, like a dictionary, and calls nothing of them inline. */
class PluginGeneration implements Generation {
  readonly version: string;
  readonly digest: string;
  readonly hooks: ReadonlySet<Hook>;
  readonly bodies: BodyUses;
  readonly bodyBytes: number;
  readonly onRequestBody: NonNullable<Generation["onRequestBody"]> | undefined;
  readonly onResponseBody: NonNullable<Generation["onResponseBody"]> | undefined;
  readonly release: Generation["release"];
  readonly #parts: Parts;
  readonly #runner: Runner;
  readonly #fuel: FuelAccount;
  readonly #asks: boolean;
  readonly #answers: boolean;
  readonly #logs: boolean;

  constructor({ plugin, version }: GenerationOptions, parts: Parts) {
    const { runner, scope, fuel, sleeps } = parts;
    const hooks = new Set(plugin.hooks);
    const body = (hook: RunHook) =>
      hooks.has(hook) ? (exchange: GuestExchange, piece: BodyPiece) => runner.run(hook, exchange, piece) : undefined;
    this.version = version;
    this.digest = plugin.digest;
    this.hooks = hooks;
    this.bodies = plugin.bodies;
    this.bodyBytes = scope.limits.bodyBytes;
    this.onRequestBody = body("on-request-body");
    this.onResponseBody = body("on-response-body");
    this.release = sleeps ? (exchange) => runner.release(exchange) : undefined;
    this.#parts = parts;
    this.#runner = runner;
    this.#fuel = fuel;
    this.#asks = hooks.has("on-request");
    this.#answers = hooks.has("on-response");
    this.#logs = hooks.has("on-log");
  }

  onRequest(exchange: GuestExchange): Verdict {
    return this.#asks ? this.#runner.run("on-request", exchange) : NEXT;
  }

  onResponse(exchange: GuestExchange): Verdict {
    return this.#answers ? this.#runner.run("on-response", exchange) : NEXT;
  }

  onLog(exchange: GuestExchange): Verdict {
    return this.#logs ? this.#runner.run("on-log", exchange) : NEXT;
  }

  close(): void {
    this.#parts.scope.ticker.stop();
    this.#runner.close();
  }

  get fuelUsed(): number {
    return this.#fuel.used;
  }

  get started(): number {
    return this.#parts.started();
  }

  get startFuel(): number | undefined {
    return this.#parts.budget.proven;
  }

  get traps(): number {
    return this.#runner.traps;
  }

  get memorySize(): number {
    return this.#runner.memorySize;
  }
}

function scopeOf({ name, services, limits, backends = [], sensitiveHeaders }: GenerationOptions): PluginScope {
  return {
    plugin: name,
    services,
    hidden: hiddenFields(sensitiveHeaders),
    limits: { ...PLUGIN_LIMITS, ...limits },
    backends: new Set(backends),
    ticker: createTicker(services),
  };
}

/** Runs `on-tick` unless the last one still runs. What it faults with is told in the log: no exchange carries it. */
function ticking(
  runner: Runner,
  { plugin, services }: PluginScope,
  aside: Pick<Aside, "run"> = { run: (run) => run() },
): () => void {
  let runs = false;
  const over = (verdict: Verdict): void => {
    runs = false;
    if (verdict.kind !== "fault") return;
    services.log({ plugin, level: "error", message: `on-tick: ${verdict.code}: ${verdict.detail}` });
  };
  return () => {
    if (runs) return;
    runs = true;
    const verdict = aside.run(() => runner.run("on-tick", idleExchange()));
    if (verdict.kind === "wait") verdict.settle(over);
    else over(verdict);
  };
}

function checkGrants({ plugin, name, grants }: GenerationOptions): void {
  const refused = plugin.capabilities.filter((capability) => !grants.includes(capability));
  if (refused.length === 0) return;
  const granted = grants.length === 0 ? "nothing" : grants.join(", ");
  throw new HeddleError("IMPORT_NOT_GRANTED", `the plugin imports ${refused.join(", ")}, but is granted ${granted}`, {
    where: name,
  });
}
