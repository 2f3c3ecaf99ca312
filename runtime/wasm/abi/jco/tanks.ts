import { RESERVED } from "../../admission/reserved.ts";
import { engine, type WasmMemory } from "../../engine.ts";
import { GuestFault } from "../guest-fault.ts";
import { Tank } from "../tank.ts";
import { gate } from "./gate.ts";

type CoreFunction = (...args: unknown[]) => unknown;

/** What the start of one module costs in fuel, whatever it does, and each gate around a function of it. */
const [INSTANCE, GATE] = [40_000, 8_000];

/** Types of functions, as `(i32,i32)->(i32)`. */
export interface Signatures {
  /** By name. */
  readonly exports: ReadonlyMap<string, string>;
  /** By module and name, with a blank between. */
  readonly imports: ReadonlyMap<string, string>;
}

/**
 * The fuel of a component: one budget, whichever of its core modules runs. Each of these has a tank of its own, which is
 * filled with what is left while a function of that module runs, and emptied when another module's is called or it returns.
 */
export class Tanks {
  /** What is left while no module runs. */
  #units: number;
  #running: Tank | undefined = undefined;
  /** Those that wait for the one that runs, the first caller's first; of a guest that may sleep. */
  readonly #callers: (Tank | undefined)[] = [];
  readonly #memories = new Set<WasmMemory>();

  /** @param units for the start */
  constructor(units: number) {
    this.#units = units;
  }

  /**
   * An instance of another core module: runs its start function.
   *
   * @param signatures of a guest that may sleep: nothing but WebAssembly may then be between its modules
   * @returns its exports, to be used in place of them by the host and by other modules; without what the meter added, by
   *   which one module of a component could fill the tank of another one
   * @throws GuestFault when nothing is left for the start
   */
  add(exports: Readonly<Record<string, unknown>>, signatures?: Signatures): Readonly<Record<string, unknown>> {
    this.owe(INSTANCE + GATE * (signatures?.exports.size ?? 0));
    if (this.#units < 0) throw new GuestFault("FUEL_EXHAUSTED", "it used up its time");
    const tank = new Tank();
    tank.attach(exports);
    this.#within(tank, () => tank.run(() => tank.start(exports)));
    const watched = Object.create(null) as Record<string, unknown>;
    for (const [name, value] of Object.entries(exports)) {
      if (value instanceof engine.Memory) this.#memories.add(value);
      if (name.startsWith(RESERVED)) continue;
      watched[name] =
        typeof value === "function" ? this.#watched(tank, value as CoreFunction, signatures?.exports.get(name)) : value;
    }
    return Object.freeze(watched);
  }

  /** The memory, where its modules export one and the same; undefined where they export several, or none. */
  get onlyMemory(): WasmMemory | undefined {
    const [first, ...others] = this.#memories;
    return others.length === 0 ? first : undefined;
  }

  /** Bytes of all memories, of one that modules share once: the meter exports those that a module keeps to itself. */
  get memorySize(): number {
    let sum = 0;
    for (const { buffer } of this.#memories) sum += buffer.byteLength;
    return sum;
  }

  fill(units: number): void {
    this.#units = units;
  }

  drain(): number {
    // A trap has left it behind.
    while (this.#running !== undefined) this.#leave();
    const left = this.#units;
    this.#units = 0;
    return left;
  }

  /** The host works for whichever module runs. */
  owe(units: number): void {
    if (this.#running === undefined) this.#units -= units;
    else this.#running.owe(units);
  }

  #watched(tank: Tank, fn: CoreFunction, type: string | undefined): unknown {
    if (type === undefined) return (...args: unknown[]) => this.#within(tank, () => fn(...args));
    return gate(
      fn,
      type,
      () => this.#enter(tank),
      () => this.#leave(),
    );
  }

  #enter(tank: Tank): void {
    const outer = this.#running;
    this.#callers.push(outer);
    this.#running = tank;
    if (outer !== tank) tank.fill(outer === undefined ? this.#units : outer.drain());
  }

  #leave(): void {
    const tank = this.#running as Tank;
    const outer = this.#callers.pop();
    this.#running = outer;
    if (outer === tank) return;
    const left = tank.drain();
    if (outer === undefined) this.#units = left;
    else outer.fill(left);
  }

  #within<Result>(tank: Tank, run: () => Result): Result {
    if (this.#running === tank) return run();
    this.#enter(tank);
    const depth = this.#callers.length;
    try {
      return run();
    } finally {
      // A trap behind a gate has left it behind.
      while (this.#callers.length >= depth) this.#leave();
    }
  }
}
