import { RESERVED } from "../../admission/reserved.ts";
import { engine, type WasmMemory } from "../../engine.ts";
import { Tank } from "../tank.ts";

type CoreFunction = (...args: unknown[]) => unknown;

/**
 * The fuel of a component: one budget, whichever of its core modules runs. Each of these has a tank of its own, which is
 * filled with what is left while a function of that module runs, and emptied when another module's is called or it returns.
 */
export class Tanks {
  /** What is left while no module runs. */
  #units: number;
  #running: Tank | undefined = undefined;
  readonly #memories: WasmMemory[] = [];

  /** @param units for the start */
  constructor(units: number) {
    this.#units = units;
  }

  /**
   * An instance of another core module: runs its start function.
   *
   * @returns its exports, to be used in place of them by the host and by other modules; without what the meter added, by
   *   which one module of a component could fill the tank of another one
   */
  add(exports: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const tank = new Tank();
    tank.attach(exports);
    this.#within(tank, () => tank.run(() => tank.start(exports)));
    const watched = Object.create(null) as Record<string, unknown>;
    for (const [name, value] of Object.entries(exports)) {
      if (name.startsWith(RESERVED)) continue;
      watched[name] = typeof value === "function" ? this.#watched(tank, value as CoreFunction) : value;
      if (value instanceof engine.Memory) this.#memories.push(value);
    }
    return Object.freeze(watched);
  }

  /** Bytes of all memories that its modules export. */
  get memorySize(): number {
    return this.#memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  }

  fill(units: number): void {
    this.#units = units;
  }

  drain(): number {
    const left = this.#units;
    this.#units = 0;
    return left;
  }

  /** The host works for whichever module runs. */
  owe(units: number): void {
    if (this.#running === undefined) this.#units -= units;
    else this.#running.owe(units);
  }

  #watched(tank: Tank, fn: CoreFunction): CoreFunction {
    return (...args) => this.#within(tank, () => fn(...args));
  }

  #within<Result>(tank: Tank, run: () => Result): Result {
    const outer = this.#running;
    if (outer === tank) return run();
    this.#running = tank;
    tank.fill(outer === undefined ? this.#units : outer.drain());
    try {
      return run();
    } finally {
      const left = tank.drain();
      this.#running = outer;
      if (outer === undefined) this.#units = left;
      else outer.fill(left);
    }
  }
}
