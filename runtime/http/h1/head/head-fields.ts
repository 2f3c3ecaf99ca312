import { type FieldList, fieldList } from "../../fields.ts";
import type { HeadTable } from "./head-table.ts";

/** What was done to the fields of a head since it came. */
export interface HeadEdits {
  /** By field index: the new value, or null for a removed line. */
  readonly changed: ReadonlyMap<number, string | null>;
  /** Name, value, name, value ...: behind the others. */
  readonly added: readonly string[];
}

/** The fields of a head, decoded only as they are asked for. */
export interface HeadFields extends FieldList {
  /** Undefined when the fields were replaced as a whole: then `raw` is all there is. */
  readonly edits: HeadEdits | undefined;
}

export function headFields(table: HeadTable): HeadFields {
  return new TableFields(table);
}

class TableFields implements HeadFields {
  readonly #table: HeadTable;
  readonly #changed = new Map<number, string | null>();
  #added: FieldList = fieldList();
  #replaced = false;

  constructor(table: HeadTable) {
    this.#table = table;
  }

  get edits(): HeadEdits | undefined {
    return this.#replaced ? undefined : { changed: this.#changed, added: this.#added.raw };
  }

  get raw(): readonly string[] {
    return this.#replaced ? this.#added.raw : this.copy();
  }

  get(name: string): string | undefined {
    const index = this.#next(name.toLowerCase(), 0);
    return index < 0 ? this.#added.get(name) : this.#value(index);
  }

  values(name: string): string[] {
    const lower = name.toLowerCase();
    const found: string[] = [];
    for (let i = this.#next(lower, 0); i >= 0; i = this.#next(lower, i + 1)) found.push(this.#value(i));
    return [...found, ...this.#added.values(lower)];
  }

  has(name: string): boolean {
    return this.#next(name.toLowerCase(), 0) >= 0 || this.#added.has(name);
  }

  entries(): [string, string][] {
    return [
      ...this.#indices().map((i): [string, string] => [this.#table.nameOf(i), this.#value(i)]),
      ...this.#added.entries(),
    ];
  }

  count(): number {
    return this.#indices().length + this.#added.count();
  }

  set(name: string, value: string): void {
    const lower = name.toLowerCase();
    const first = this.#next(lower, 0);
    if (first < 0) {
      this.#added.set(lower, value);
      return;
    }
    this.remove(lower);
    this.#changed.set(first, value);
  }

  add(name: string, value: string): void {
    this.#added.add(name, value);
  }

  remove(name: string): void {
    const lower = name.toLowerCase();
    for (let i = this.#next(lower, 0); i >= 0; i = this.#next(lower, i + 1)) this.#changed.set(i, null);
    this.#added.remove(lower);
  }

  removeWhere(matches: (name: string) => boolean): void {
    for (const i of this.#indices()) if (matches(this.#table.nameOf(i))) this.#changed.set(i, null);
    this.#added.removeWhere(matches);
  }

  copy(): string[] {
    return this.entries().flat();
  }

  replace(raw: string[]): void {
    this.#replaced = true;
    this.#added.replace(raw);
  }

  #value(index: number): string {
    return this.#changed.get(index) ?? this.#table.valueOf(index);
  }

  #next(lower: string, from: number): number {
    if (this.#replaced) return -1;
    let index = this.#table.indexOf(lower, from);
    while (index >= 0 && this.#changed.get(index) === null) index = this.#table.indexOf(lower, index + 1);
    return index;
  }

  #indices(): number[] {
    if (this.#replaced) return [];
    return Array.from({ length: this.#table.count }, (_, i) => i).filter((i) => this.#changed.get(i) !== null);
  }
}
