export type AttributeValue = string | number | boolean;

/**
 * Named values in the order in which they were first set. There are few of them: looking through all costs less than a hash
 * table does, and less memory. As much of a `Map` as anybody needs of it.
 */
export class Attributes {
  /** A name, its value, the next name: one list has to grow where two would. */
  readonly #pairs: AttributeValue[] = [];

  get size(): number {
    return this.#pairs.length >>> 1;
  }

  get(name: string): AttributeValue | undefined {
    const at = this.#indexOf(name);
    return at < 0 ? undefined : this.#pairs[at + 1];
  }

  has(name: string): boolean {
    return this.#indexOf(name) >= 0;
  }

  set(name: string, value: AttributeValue): void {
    const at = this.#indexOf(name);
    if (at < 0) this.#pairs.push(name, value);
    else this.#pairs[at + 1] = value;
  }

  delete(name: string): boolean {
    const at = this.#indexOf(name);
    if (at < 0) return false;
    this.#pairs.splice(at, 2);
    return true;
  }

  /** The name at a place below `size`, and its value. */
  nameAt(at: number): string {
    return this.#pairs[2 * at] as string;
  }

  valueAt(at: number): AttributeValue {
    return this.#pairs[2 * at + 1] as AttributeValue;
  }

  *[Symbol.iterator](): Generator<[name: string, value: AttributeValue]> {
    for (let at = 0; at < this.size; at++) yield [this.nameAt(at), this.valueAt(at)];
  }

  #indexOf(name: string): number {
    const pairs = this.#pairs;
    for (let at = 0; at < pairs.length; at += 2) if (pairs[at] === name) return at;
    return -1;
  }
}
