import { type FieldList, fieldList, lengthIn } from "../../fields.ts";
import type { HeadTable } from "./head-table.ts";
import { CONTENT_LENGTH, EXPECT, FIRST_DROPPED, HOST, LAST_HOP } from "./tokenizer/layout.ts";
import { wellKnown } from "./well-known.ts";

/**
 * The fields of a head, decoded only as they are asked for; edits are kept beside the bytes. Lines that are about one
 * connection only (RFC 9110 7.6.1, `transfer-encoding` with them) are not seen.
 */
export class HeadFields implements FieldList {
  readonly table: HeadTable;
  /** By field index: the new value, null for a removed line. */
  #changed: (string | null | undefined)[] | undefined = undefined;
  /** Name, value, name, value ...: behind the others. */
  #added: string[] | undefined = undefined;
  /** How many of these strings, from the first one on, stand in the ready lines as they are. */
  #ready = 0;
  #readyLines = "";
  #replacement: FieldList | undefined = undefined;

  constructor(table: HeadTable) {
    this.table = table;
  }

  /** What took the place of the head's fields as a whole. */
  get replacement(): FieldList | undefined {
    return this.#replacement;
  }

  get isChanged(): boolean {
    return this.#changed !== undefined;
  }

  /** The new value of a line; null where it was removed, undefined where it stands as it came. */
  changeOf(index: number): string | null | undefined {
    return this.#changed?.[index];
  }

  get added(): readonly string[] | undefined {
    return this.#added;
  }

  /** The lines of the first added fields, in one piece; those of the others begin at `readyCount`. */
  get readyLines(): string {
    return this.#readyLines;
  }

  get readyCount(): number {
    return this.#ready;
  }

  get raw(): readonly string[] {
    return this.#replacement?.raw ?? this.copy();
  }

  get(name: string): string | undefined {
    if (this.#replacement !== undefined) return this.#replacement.get(name);
    const id = wellKnown(name);
    const lower = id > 0 ? name : name.toLowerCase();
    const index = this.#first(lower, id);
    if (index >= 0) return this.#value(index);
    const at = this.#addedAt(lower, 0);
    return at < 0 ? undefined : (this.#added as string[])[at + 1];
  }

  /** As `get`, without cutting the value out of the head. @param lowerCase the name */
  find(lowerCase: string, into: { text: string; start: number; end: number }): boolean {
    const value = this.#replacement === undefined ? this.#locate(lowerCase, into) : this.#replacement.get(lowerCase);
    if (typeof value === "boolean") return value;
    if (value === undefined) return false;
    into.text = value;
    into.start = 0;
    into.end = value.length;
    return true;
  }

  /** True: `into` says where the value stands. False: there is none. Else the value, which was edited. */
  #locate(lowerCase: string, into: { text: string; start: number; end: number }): string | boolean {
    const id = wellKnown(lowerCase);
    const index = id > 0 ? this.#first(lowerCase, id) : this.#unknown(lowerCase);
    if (index < 0) {
      const at = this.#addedAt(lowerCase, 0);
      return at < 0 ? false : ((this.#added as string[])[at + 1] as string);
    }
    const changed = this.#changed?.[index];
    if (typeof changed === "string") return changed;
    into.text = this.table.head;
    into.start = this.table.valueStart(index);
    into.end = this.table.valueEnd(index);
    return true;
  }

  values(name: string): string[] {
    if (this.#replacement !== undefined) return this.#replacement.values(name);
    const lower = lowerCase(name);
    const first = this.#next(lower, 0);
    // A list that grows from nothing takes room for seventeen.
    const found = first < 0 ? [] : [this.#value(first)];
    if (first >= 0) {
      for (let i = this.#next(lower, first + 1); i >= 0; i = this.#next(lower, i + 1)) found.push(this.#value(i));
    }
    for (let i = this.#addedAt(lower, 0); i >= 0; i = this.#addedAt(lower, i + 2)) {
      found.push((this.#added as string[])[i + 1] as string);
    }
    return found;
  }

  has(name: string): boolean {
    if (this.#replacement !== undefined) return this.#replacement.has(name);
    const id = wellKnown(name);
    const lower = id > 0 ? name : name.toLowerCase();
    return this.#first(lower, id) >= 0 || this.#addedAt(lower, 0) >= 0;
  }

  get contentLength(): number | undefined {
    if (this.#replacement === undefined && this.#changed === undefined) {
      const { contentLength } = this.table;
      if (contentLength !== undefined || this.#added === undefined) return contentLength;
    }
    return lengthIn(this.get("content-length"));
  }

  entries(): [string, string][] {
    if (this.#replacement !== undefined) return this.#replacement.entries();
    const raw = this.copy();
    const pairs: [string, string][] = [];
    for (let i = 0; i < raw.length; i += 2) pairs.push([raw[i] as string, raw[i + 1] as string]);
    return pairs;
  }

  count(): number {
    if (this.#replacement !== undefined) return this.#replacement.count();
    let count = (this.#added?.length ?? 0) >> 1;
    for (let i = 0; i < this.table.count; i++) if (this.#stands(i)) count += 1;
    return count;
  }

  set(name: string, value: string): void {
    if (this.#replacement !== undefined) {
      this.#replacement.set(name, value);
      return;
    }
    const id = wellKnown(name);
    const lower = id > 0 ? name : name.toLowerCase();
    const first = this.#first(lower, id);
    if (first < 0) {
      this.#setAdded(lower, value);
      return;
    }
    for (let i = this.#next(lower, first + 1); i >= 0; i = this.#next(lower, i + 1)) this.#change(i, null);
    this.#removeAdded(lower, 0);
    if (this.#value(first) !== value) this.#change(first, value);
  }

  add(name: string, value: string): void {
    if (this.#replacement !== undefined) this.#replacement.add(name, value);
    else this.#append(lowerCase(name), value);
  }

  hasAny(names: readonly string[]): boolean {
    if (this.#replacement !== undefined) return this.#replacement.hasAny(names);
    const ids = idsOf(names);
    for (let i = 0; i < names.length; i += 1) {
      const id = ids[i] as number;
      if (id > 0 && this.table.slot(id) < 0 && this.#added === undefined) continue;
      const name = names[i] as string;
      if (this.#first(name, id) >= 0 || this.#addedAt(name, 0) >= 0) return true;
    }
    return false;
  }

  introduce(raw: string[], lines: string): void {
    if (this.#replacement !== undefined) this.#replacement.introduce(raw, lines);
    else if (this.#added !== undefined) this.#added.push(...raw);
    else {
      this.#added = raw;
      this.#ready = raw.length;
      this.#readyLines = lines;
    }
  }

  remove(name: string): void {
    if (this.#replacement !== undefined) {
      this.#replacement.remove(name);
      return;
    }
    const id = wellKnown(name);
    const lower = id > 0 ? name : name.toLowerCase();
    for (let i = this.#first(lower, id); i >= 0; i = this.#next(lower, i + 1)) this.#change(i, null);
    this.#removeAdded(lower, 0);
  }

  removeWhere(matches: (name: string) => boolean): void {
    if (this.#replacement !== undefined) {
      this.#replacement.removeWhere(matches);
      return;
    }
    for (let i = 0; i < this.table.count; i++) {
      if (this.#stands(i) && matches(this.table.nameOf(i))) this.#change(i, null);
    }
    if (this.#added !== undefined) this.#removeAddedWhere(matches);
  }

  copy(): string[] {
    if (this.#replacement !== undefined) return this.#replacement.copy();
    const raw: string[] = [];
    for (let i = 0; i < this.table.count; i++) if (this.#stands(i)) raw.push(this.table.nameOf(i), this.#value(i));
    if (this.#added !== undefined) raw.push(...this.#added);
    return raw;
  }

  replace(raw: string[]): void {
    this.#replacement = fieldList(raw);
  }

  #value(index: number): string {
    return this.#changed?.[index] ?? this.table.valueOf(index);
  }

  #change(index: number, value: string | null): void {
    this.#changed ??= new Array<undefined>(this.table.count).fill(undefined);
    this.#changed[index] = value;
  }

  /** Whether the line is there to be read. */
  #stands(index: number): boolean {
    return this.#changed?.[index] !== null && !this.#isHidden(index);
  }

  #isHidden(index: number): boolean {
    const id = this.table.nameId(index);
    if (id === HOST || id === CONTENT_LENGTH || id === EXPECT) return false;
    if (id >= FIRST_DROPPED && id <= LAST_HOP) return true;
    return this.table.namesFields && this.table.isDropped(index);
  }

  /** The first line of a name that is there to be read; -1 without one. @param id of the name, 0 for an unknown one */
  #first(lower: string, id: number): number {
    if (id === 0) return this.#next(lower, 0);
    const index = this.table.slot(id);
    return index < 0 || this.#stands(index) ? index : this.#next(lower, index + 1);
  }

  /** The same for a name in lower case that is not well known. */
  #unknown(lowerCase: string): number {
    let index = this.table.unknownAt(lowerCase, 0);
    while (index >= 0 && !this.#stands(index)) index = this.table.unknownAt(lowerCase, index + 1);
    return index;
  }

  #next(lower: string, from: number): number {
    let index = this.table.indexOf(lower, from);
    while (index >= 0 && !this.#stands(index)) index = this.table.indexOf(lower, index + 1);
    return index;
  }

  #addedAt(lower: string, from: number): number {
    const added = this.#added;
    if (added !== undefined) for (let i = from; i < added.length; i += 2) if (added[i] === lower) return i;
    return -1;
  }

  #append(lower: string, value: string): void {
    if (this.#added === undefined) this.#added = [lower, value];
    else this.#added.push(lower, value);
  }

  #setAdded(lower: string, value: string): void {
    const first = this.#addedAt(lower, 0);
    if (first < 0) {
      this.#append(lower, value);
      return;
    }
    const added = this.#added as string[];
    if (added[first + 1] !== value) this.#unready(first);
    added[first + 1] = value;
    this.#removeAdded(lower, first + 2);
  }

  #removeAdded(lower: string, from: number): void {
    const added = this.#added;
    let kept = this.#addedAt(lower, from);
    if (added === undefined || kept < 0) return;
    this.#unready(kept);
    for (let i = kept + 2; i < added.length; i += 2) {
      if (added[i] === lower) continue;
      added[kept] = added[i] as string;
      added[kept + 1] = added[i + 1] as string;
      kept += 2;
    }
    added.length = kept;
  }

  /** What stands at a place of the added fields is about to change. */
  #unready(at: number): void {
    if (at >= this.#ready) return;
    this.#ready = 0;
    this.#readyLines = "";
  }

  #removeAddedWhere(matches: (name: string) => boolean): void {
    const added = this.#added as string[];
    this.#unready(0);
    this.#added = [];
    for (let i = 0; i < added.length; i += 2) {
      if (!matches(added[i] as string)) this.#added.push(added[i] as string, added[i + 1] as string);
    }
  }
}

let lastNames: readonly string[] = [];
let lastIds: readonly number[] = [];

/** The numbers of names; whoever asks for several asks for the same ones each time. */
function idsOf(names: readonly string[]): readonly number[] {
  if (names !== lastNames) {
    lastNames = names;
    lastIds = names.map(wellKnown);
  }
  return lastIds;
}

/** Known names are in lower case, which takes no call and no memory to find out. */
function lowerCase(name: string): string {
  return wellKnown(name) > 0 ? name : name.toLowerCase();
}
