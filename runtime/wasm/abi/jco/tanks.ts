import { Tank } from "../tank.ts";

/** The fuel of a component's core modules: each has a tank of its own, and all together are told as one. */
export class Tanks {
  readonly #tanks: Tank[] = [];
  #units: number;

  /** @param units for the start */
  constructor(units: number) {
    this.#units = units;
  }

  /** An instance of another core module: runs its start function. */
  add(exports: Readonly<Record<string, unknown>>): void {
    const tank = new Tank();
    tank.attach(exports);
    tank.fill(this.#units);
    this.#tanks.push(tank);
    tank.run(() => tank.start(exports));
  }

  fill(units: number): void {
    this.#units = units;
    for (const tank of this.#tanks) tank.fill(units);
  }

  drain(): number {
    return this.#tanks.reduce((left, tank) => left - (this.#units - tank.drain()), this.#units);
  }

  /** Work for any of them is paid for by the first. */
  owe(units: number): void {
    this.#tanks[0]?.owe(units);
  }
}
