export type AttributeValue = string | number | boolean;

/**
 * Named values in the order in which they were first set. There are few of them: looking through all costs less than a hash
 * table does, and less memory. As much of a `Map` as anybody needs of it.
 */
export class Attributes {
  readonly #names: string[] = [];
  readonly #values: AttributeValue[] = [];

  get size(): number {
    return this.#names.length;
  }

  get(name: string): AttributeValue | undefined {
    const at = this.#indexOf(name);
    return at < 0 ? undefined : this.#values[at];
  }

  has(name: string): boolean {
    return this.#indexOf(name) >= 0;
  }

  set(name: string, value: AttributeValue): void {
    const at = this.#indexOf(name);
    if (at >= 0) {
      this.#values[at] = value;
      return;
    }
    this.#names.push(name);
    this.#values.push(value);
  }

  delete(name: string): boolean {
    const at = this.#indexOf(name);
    if (at < 0) return false;
    this.#names.splice(at, 1);
    this.#values.splice(at, 1);
    return true;
  }

  /** The name at a place below `size`, and its value. */
  nameAt(at: number): string {
    return this.#names[at] as string;
  }

  valueAt(at: number): AttributeValue {
    return this.#values[at] as AttributeValue;
  }

  *[Symbol.iterator](): Generator<[name: string, value: AttributeValue]> {
    for (let at = 0; at < this.size; at++) yield [this.nameAt(at), this.valueAt(at)];
  }

  #indexOf(name: string): number {
    const names = this.#names;
    for (let at = 0; at < names.length; at++) if (names[at] === name) return at;
    return -1;
  }
}
