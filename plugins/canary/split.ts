import { hash } from "heddle/sdk";

/** One side of the split. */
export class Side {
  constructor(
    /** What overrides call it. */
    readonly name: string,
    /** `namespace/name:port` */
    readonly backend: string,
    readonly weight: u32,
  ) {}
}

/** Sides in order, laid end to end on a line as long as all weights together; a key is a point on it. */
export class Split {
  private readonly sides: Side[] = [];
  private total: f64 = 0;

  get isEmpty(): bool {
    return this.total === 0;
  }

  add(side: Side): void {
    this.sides.push(side);
    this.total += side.weight;
  }

  named(name: string): Side | null {
    for (let i = 0; i < this.sides.length; i++) {
      if (this.sides[i].name === name) return this.sides[i];
    }
    return null;
  }

  /** The side that a key falls on: always the same while order and weights stay. */
  sideOf(salt: string, key: string): Side {
    let point = Math.floor(hash.fraction(key, salt) * this.total);
    let i = 0;
    while (point >= this.sides[i].weight) point -= this.sides[i++].weight;
    return this.sides[i];
  }
}
