import { engine, type WasmMemory, type WasmModule } from "../../engine.ts";
import { qualified } from "../../shape.ts";
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
  readonly #configure: HookFunction;
  readonly #post: HookFunction | undefined;
  readonly #onRequest: HookFunction;
  readonly #onRequestBody: HookFunction;
  readonly #onResponse: HookFunction;
  readonly #onResponseBody: HookFunction;
  readonly #onLog: HookFunction;
  readonly #onTick: HookFunction;

  constructor(guest: GuestMemory, exports: Readonly<Record<string, unknown>>, shape: GuestShape) {
    const exportOf = (name: Hook): string => `${qualified(name, shape.contract)}#${name}`;
    const hook = (name: Hook): HookFunction => (exports[exportOf(name)] ?? missing(name)) as HookFunction;
    this.#guest = guest;
    this.#configure = hook("configure");
    this.#post = exports[`cabi_post_${exportOf("configure")}`] as HookFunction | undefined;
    this.#onRequest = hook("on-request");
    this.#onRequestBody = hook("on-request-body");
    this.#onResponse = hook("on-response");
    this.#onResponseBody = hook("on-response-body");
    this.#onLog = hook("on-log");
    this.#onTick = hook("on-tick");
    this.sleeping = shape.capabilities.includes("http-client") ? sleepingHooks(guest, hook) : undefined;
  }

  configure(config: string): string | undefined {
    return callConfigure(this.#guest, this.#configure, this.#post, config);
  }

  onRequest(exchange: number): number {
    const call = this.#onRequest;
    return this.#settled(call(exchange));
  }

  onRequestBody(exchange: number, size: number, end: boolean): number {
    const call = this.#onRequestBody;
    return this.#settled(call(exchange, size, end ? 1 : 0));
  }

  onResponse(exchange: number): number {
    const call = this.#onResponse;
    return this.#settled(call(exchange));
  }

  onResponseBody(exchange: number, size: number, end: boolean): number {
    const call = this.#onResponseBody;
    return this.#settled(call(exchange, size, end ? 1 : 0));
  }

  onLog(exchange: number): void {
    const call = this.#onLog;
    this.#settled(call(exchange));
  }

  onTick(): number {
    const call = this.#onTick;
    call();
    return this.#settled(0);
  }

  refuel(units: number): void {
    this.#guest.tank.fill(units);
  }

  drain(): number {
    return this.#guest.tank.drain();
  }

  get memorySize(): number {
    return this.#guest.size;
  }

  get memory(): ArrayBuffer | undefined {
    return this.#guest.buffer;
  }

  #settled(verdict: number): number {
    settle(this.#guest);
    return verdict >>> 0;
  }
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
