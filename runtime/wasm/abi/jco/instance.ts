import { ARGUMENT_TYPES, CONTRACT } from "../../../../wit/signatures.ts";
import { HeddleError } from "../../../errors.ts";
import { qualified } from "../../shape.ts";
import type { Hook } from "../../verdict.ts";
import type { Capabilities } from "../capabilities.ts";
import { GuestFault } from "../guest-fault.ts";
import type { GuestInstance, GuestShape, HookCalls } from "../guest-instance.ts";
import { Pending } from "../pending.ts";
import { SLEEPING_CALL, type Weight, weightOf } from "../weights.ts";
import { Awake } from "./awake.ts";
import { Tanks } from "./tanks.ts";

type JcoFunction = (...args: unknown[]) => unknown;
/** Interfaces by qualified name, functions by camel-case name. */
export type JcoExports = Readonly<Record<string, Readonly<Record<string, JcoFunction>>>>;

/** Sticky abort: once a host call has failed, nothing crosses the boundary any more, whatever the guest catches. */
interface Boundary {
  failed: boolean;
  readonly tanks: Tanks;
}

/** Instantiates jco's glue and gives it the shape of the direct binding. */
export function instantiateJco(
  start: (imports: object, tanks: Tanks, awake: Awake) => JcoExports,
  shape: GuestShape,
  host: Capabilities,
  fuel: number,
): GuestInstance {
  const tanks = new Tanks(fuel);
  const boundary: Boundary = { failed: false, tanks };
  const awake = new Awake();
  const exports = start(importObject(shape.capabilities, host, boundary), tanks, awake);
  const hook = (name: Hook): JcoFunction => {
    const found = exports[qualified(name, shape.contract)]?.[camel(name)] ?? missing(name);
    return (...args) => settled(found, args, boundary);
  };
  const later = (name: Hook): SleepingHook => {
    const found = exports[qualified(name, shape.contract)]?.[camel(name)] ?? missing(name);
    return (...args) => awake.allowing(() => settledLater(found, args, boundary));
  };
  const sleeps = shape.capabilities.includes("http-client");
  const configure = hook("configure");
  const [onRequest, onRequestBody] = [hook("on-request"), hook("on-request-body")];
  const [onResponse, onResponseBody] = [hook("on-response"), hook("on-response-body")];
  const [onLog, onTick] = [hook("on-log"), hook("on-tick")];
  return {
    configure: (config) => refusal(configure, config),
    onRequest: (exchange) => onRequest(exchange) as number,
    onRequestBody: (exchange, size, end) => onRequestBody(exchange, size, end) as number,
    onResponse: (exchange) => onResponse(exchange) as number,
    onResponseBody: (exchange, size, end) => onResponseBody(exchange, size, end) as number,
    onLog: (exchange) => void onLog(exchange),
    onTick() {
      onTick();
      return 0;
    },
    sleeping: sleeps ? sleepingHooks(later) : undefined,
    refuel: (units) => tanks.fill(units),
    drain: () => tanks.drain(),
    get memorySize() {
      return tanks.memorySize;
    },
  };
}

type SleepingHook = (...args: unknown[]) => Promise<number>;

/** jco answers by a promise whether the guest has slept or not. */
function sleepingHooks(hook: (name: Hook) => SleepingHook): HookCalls<Promise<number>> {
  const [onRequest, onRequestBody] = [hook("on-request"), hook("on-request-body")];
  const [onResponse, onResponseBody] = [hook("on-response"), hook("on-response-body")];
  const onTick = hook("on-tick");
  return { onRequest, onRequestBody, onResponse, onResponseBody, onTick: async () => (await onTick()) ?? 0 };
}

async function settledLater(hook: JcoFunction, args: unknown[], boundary: Boundary): Promise<number> {
  const result = (await hook(...args)) as number;
  if (boundary.failed) throw new GuestFault("GUEST_PROTOCOL", "a host call was left unfinished");
  return result;
}

function settled(hook: JcoFunction, args: unknown[], boundary: Boundary): unknown {
  const result = hook(...args);
  if (result instanceof Promise) {
    boundary.failed = true;
    // Nobody waits for it: unhandled, its rejection would end the process.
    result.catch(() => {});
    throw new GuestFault("GUEST_PROTOCOL", "expected a hook that answers at once, it answered later");
  }
  if (boundary.failed) throw new GuestFault("GUEST_PROTOCOL", "a host call was left unfinished");
  return result;
}

function importObject(capabilities: readonly string[], host: Capabilities, boundary: Boundary): object {
  const imports = Object.create(null) as Record<string, object>;
  for (const name of capabilities) {
    imports[`${CONTRACT}/${name}`] = guarded(name, host[name as keyof Capabilities], boundary);
  }
  return imports;
}

/** The capability's functions; asking for any other one is an unknown import. */
function guarded(name: string, capability: object, boundary: Boundary): object {
  const functions = Object.create(null) as Record<string, JcoFunction>;
  for (const [fn, types] of Object.entries(ARGUMENT_TYPES[name] ?? {})) {
    if (name === "http-client") {
      functions[camel(fn)] = sleepGuard(
        (capability as Record<string, JcoFunction>)[camel(fn)] as JcoFunction,
        types,
        boundary,
      );
      continue;
    }
    functions[camel(fn)] = guard(
      (capability as Record<string, JcoFunction>)[camel(fn)] as JcoFunction,
      types,
      boundary,
      weightOf(name, fn),
    );
  }
  return new Proxy(functions, {
    get: (_, fn) => functions[String(fn)] ?? unknownImport(name, String(fn)),
  });
}

/** What a host call costs in fuel: jco's glue alone takes microseconds. */
const CALL = 8_000;
const NO_WEIGHT: Weight = { call: 0 };

function bytesIn(args: readonly unknown[]): number {
  let bytes = 0;
  for (const arg of args) {
    if (typeof arg === "string") bytes += arg.length * 2;
    else if (arg instanceof Uint8Array) bytes += arg.length;
  }
  return bytes;
}

function unknownImport(name: string, fn: string): never {
  throw new HeddleError("IMPORT_UNKNOWN", `the interface ${CONTRACT}/${name} has no function ${fn}`);
}

/** The component's own idea of an interface may differ from the contract: what it passes is looked at. */
function guard(fn: JcoFunction, types: readonly string[], boundary: Boundary, weight: Weight = NO_WEIGHT): JcoFunction {
  return (...args) => {
    if (boundary.failed) throw new GuestFault("GUEST_PROTOCOL", "the guest called the host after a fault");
    boundary.failed = true;
    boundary.tanks.owe(CALL + weight.call + (1 + (weight.perByte ?? 0)) * bytesIn(args));
    if (args.length !== types.length || !types.every((type, index) => isOfType(args[index], type))) {
      throw new GuestFault("GUEST_PROTOCOL", `the guest passed other arguments than ${types.join(", ") || "none"}`);
    }
    const result = fn(...args);
    boundary.failed = false;
    return result;
  };
}

/** A call in which the guest sleeps while there is no answer. jco wants a failure to be thrown. */
function sleepGuard(fn: JcoFunction, types: readonly string[], boundary: Boundary): JcoFunction {
  const begin = guard(fn, types, boundary, { call: SLEEPING_CALL, perByte: 0 });
  return async (...args) => {
    let result = begin(...args);
    if (result instanceof Pending) {
      await result.ready;
      result = result.take();
    }
    if (typeof result === "string") throw { payload: result };
    return result;
  };
}

function isOfType(value: unknown, type: string): boolean {
  if (type.endsWith("?")) return value === undefined || isOfType(value, type.slice(0, -1));
  if (type === "bytes") return value instanceof Uint8Array;
  if (type.endsWith("[]")) return Array.isArray(value) && value.every((item) => isOfType(item, type.slice(0, -2)));
  return typeof value === type;
}

function missing(name: Hook): JcoFunction {
  return () => {
    throw new GuestFault("GUEST_PROTOCOL", `the guest has no hook ${name}`);
  };
}

/** jco throws the error of a `result` as it is; anything else that is thrown is a trap. */
function refusal(configure: JcoFunction, config: string): string | undefined {
  try {
    configure(config);
    return undefined;
  } catch (thrown) {
    if (typeof thrown === "string") return thrown;
    const payload = (thrown as { payload?: unknown } | null)?.payload;
    if (typeof payload === "string") return payload;
    throw thrown;
  }
}

function camel(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
