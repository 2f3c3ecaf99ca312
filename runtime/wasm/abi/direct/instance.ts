import { HOOKS } from "../../../../wit/signatures.ts";
import { engine, type WasmMemory, type WasmModule } from "../../engine.ts";
import { METER_EXPORTS } from "../../meter/meter-exports.ts";
import { hookExport, qualified } from "../../shape.ts";
import type { Hook } from "../../verdict.ts";
import type { Capabilities } from "../capabilities.ts";
import { GuestFault } from "../guest-fault.ts";
import type { GuestInstance, GuestShape } from "../guest-instance.ts";
import { GuestMemory, type Realloc } from "../memory.ts";
import { Tank } from "../tank.ts";
import { weightOf } from "../weights.ts";
import { BINDINGS } from "./bindings.ts";
import type { CoreFunction, CoreImports } from "./core.ts";
import { withFoundHeader } from "./header.ts";
import { sleepingHooks } from "./sleeping-hooks.ts";

type HookFunction = (...args: number[]) => number;

/** Instantiates a core module of the contract and binds it without any glue in between. */
export function instantiateDirect(
  module: WasmModule,
  shape: GuestShape,
  host: Capabilities,
  fuel: number,
): GuestInstance {
  const tank = new Tank();
  const guest = new GuestMemory(tank);
  const { exports } = new engine.Instance(module, importObject(shape, guest, host));
  tank.attach(exports);
  tank.fill(fuel);
  tank.run(() => {
    tank.start(exports);
    guest.attach(exports.memory as WasmMemory | undefined, exports.cabi_realloc as Realloc | undefined);
    (exports._initialize as (() => void) | undefined)?.();
    settle(guest);
  });
  return new DirectInstance(guest, exports, shape);
}

/** A class, not an object with accessors: the engine reads those by name, like a dictionary, and calls nothing of them inline. */
class DirectInstance implements GuestInstance {
  readonly sleeping: GuestInstance["sleeping"];
  readonly #guest: GuestMemory;
  readonly #tank: Tank;
  /** A memory that the host does not read. */
  readonly #hidden: WasmMemory | undefined;
  /** Whether the hooks are what the meter wrote for them: given fuel in front of their parameters, they empty the tank. */
  readonly #fuelled: boolean;
  readonly #configure: HookFunction;
  readonly #post: HookFunction | undefined;
  readonly #onRequest: HookFunction;
  readonly #onRequestBody: HookFunction;
  readonly #onResponse: HookFunction;
  readonly #onResponseBody: HookFunction;
  readonly #onLog: HookFunction;
  readonly #onTick: HookFunction;

  constructor(guest: GuestMemory, exports: Readonly<Record<string, unknown>>, shape: GuestShape) {
    const exportOf = (name: Hook): string => hookExport(name, shape.contract);
    const own = (name: Hook): HookFunction => (exports[exportOf(name)] ?? missing(name)) as HookFunction;
    const fuelled = fuelledHooks(exports, shape.contract);
    const hook = (name: Hook): HookFunction => fuelled?.[name] ?? own(name);
    this.#guest = guest;
    this.#tank = guest.tank;
    this.#hidden = exports[METER_EXPORTS.memory] as WasmMemory | undefined;
    this.#fuelled = fuelled !== undefined;
    this.#configure = own("configure");
    this.#post = exports[`cabi_post_${exportOf("configure")}`] as HookFunction | undefined;
    this.#onRequest = hook("on-request");
    this.#onRequestBody = hook("on-request-body");
    this.#onResponse = hook("on-response");
    this.#onResponseBody = hook("on-response-body");
    this.#onLog = hook("on-log");
    this.#onTick = hook("on-tick");
    this.sleeping = shape.capabilities.includes("http-client") ? sleepingHooks(guest, own) : undefined;
  }

  configure(config: string): string | undefined {
    return callConfigure(this.#guest, this.#configure, this.#post, config);
  }

  onRequest(exchange: number): number {
    return this.#head(this.#onRequest, exchange);
  }

  onRequestBody(exchange: number, size: number, end: boolean): number {
    return this.#body(this.#onRequestBody, exchange, size, end);
  }

  onResponse(exchange: number): number {
    return this.#head(this.#onResponse, exchange);
  }

  onResponseBody(exchange: number, size: number, end: boolean): number {
    return this.#body(this.#onResponseBody, exchange, size, end);
  }

  onLog(exchange: number): void {
    this.#head(this.#onLog, exchange);
  }

  onTick(): number {
    const [tank, call] = [this.#tank, this.#onTick];
    if (this.#fuelled) tank.emptied(call(tank.units));
    else {
      tank.pour();
      call();
    }
    settle(this.#guest);
    return 0;
  }

  #head(call: HookFunction, exchange: number): number {
    const tank = this.#tank;
    if (this.#fuelled) return this.#settled(tank.emptied(call(tank.units, exchange)));
    tank.pour();
    return this.#settled(call(exchange));
  }

  #body(call: HookFunction, exchange: number, size: number, end: boolean): number {
    const tank = this.#tank;
    if (this.#fuelled) return this.#settled(tank.emptied(call(tank.units, exchange, size, end ? 1 : 0)));
    tank.pour();
    return this.#settled(call(exchange, size, end ? 1 : 0));
  }

  refuel(units: number): void {
    this.#tank.provide(units);
  }

  drain(): number {
    return this.#tank.drain();
  }

  get memorySize(): number {
    return this.#hidden?.buffer.byteLength ?? this.#guest.size;
  }

  get memory(): ArrayBuffer | undefined {
    return this.#guest.buffer;
  }

  #settled(verdict: number): number {
    settle(this.#guest);
    return verdict >>> 0;
  }
}

/** What the meter wrote for the hooks of a module, by their names; undefined where it has a hook for which there is nothing. */
function fuelledHooks(
  exports: Readonly<Record<string, unknown>>,
  contract: string,
): Partial<Record<Hook, HookFunction>> | undefined {
  const fuelled: Partial<Record<Hook, HookFunction>> = {};
  for (const hook of HOOKS) {
    const name = hookExport(hook, contract);
    const run = exports[METER_EXPORTS.run + name];
    if (typeof run === "function") fuelled[hook] = run as HookFunction;
    else if (hook !== "configure" && exports[name] !== undefined) return undefined;
  }
  return fuelled;
}

/** Neither level has a prototype: a module cannot link `constructor` or `__proto__`. */
function importObject({ capabilities, contract }: GuestShape, guest: GuestMemory, host: Capabilities): object {
  const modules = Object.create(null) as Record<string, CoreImports>;
  for (const name of capabilities) {
    const capability = name as keyof Capabilities;
    const binding = withFoundHeader(BINDINGS[capability](guest, host), guest, host[capability]);
    modules[qualified(name, contract)] = Object.freeze(weighed(name, binding, guest.tank));
  }
  return Object.freeze(modules);
}

/** Functions that cost far more than a call does are paid for before they run. */
function weighed(name: string, binding: CoreImports, tank: Tank): CoreImports {
  const all = Object.assign(Object.create(null), binding) as Record<string, CoreFunction>;
  for (const [fn, call] of Object.entries(binding)) {
    const weight = weightOf(name, fn);
    if (weight === undefined || typeof call !== "function") continue;
    const { call: once, perByte = 0, length = 0 } = weight;
    all[fn] = (...args) => {
      tank.owe(once + perByte * ((args[length] ?? 0) >>> 0));
      return call(...args);
    };
  }
  return all;
}

/** A guest that caught what a host call threw does not get away with it. */
function settle(guest: GuestMemory): void {
  const { fault } = guest;
  if (fault !== undefined) throw fault;
}

function missing(name: Hook): HookFunction {
  return () => {
    throw new GuestFault("GUEST_PROTOCOL", `the guest has no hook ${name}`);
  };
}

/** `result<_, string>` comes back as an address: discriminant, then address and length of the error. */
function callConfigure(
  guest: GuestMemory,
  hook: HookFunction,
  post: HookFunction | undefined,
  config: string,
): string | undefined {
  guest.enter();
  const pointer = guest.lowerText(config);
  guest.leave();
  const result = hook(pointer, config.length);
  guest.enter();
  const at = guest.area(result, 12, 4);
  const reason = guest.some(guest.byteAt(at)) ? guest.textAt(at + 4) : undefined;
  guest.leave();
  post?.(result);
  settle(guest);
  return reason;
}
