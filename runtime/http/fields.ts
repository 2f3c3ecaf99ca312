/**
 * The fields of an HTTP message (RFC 9110 section 5) in the order in which they came. Names are kept in lower case;
 * repeated fields stay separate, so that `set-cookie` is never joined.
 */
export interface FieldList {
  /** The first value of a field. */
  get(name: string): string | undefined;
  values(name: string): string[];
  has(name: string): boolean;
  /** What `content-length` says; undefined without one, NaN where it is no number. */
  readonly contentLength: number | undefined;
  entries(): [name: string, value: string][];
  count(): number;
  /** Replaces every occurrence, at the place of the first. Name and value have been checked by the caller. */
  set(name: string, value: string): void;
  add(name: string, value: string): void;
  /** Whether a field of one of these names is there. @param names in lower case */
  hasAny(names: readonly string[]): boolean;
  /**
   * Adds fields of names that are not there.
   *
   * @param raw name, value, name, value ...: names in lower case; now the list's
   * @param lines the same fields as they go out in HTTP/1.1, checked by the caller
   */
  introduce(raw: string[], lines: string): void;
  remove(name: string): void;
  /** Removes every field that the predicate names. */
  removeWhere(matches: (name: string) => boolean): void;
  /** A copy of `raw`, to be given back to `replace`. */
  copy(): string[];
  /** Takes over other fields in place of its own; names are in lower case already. */
  replace(raw: string[]): void;
  /** Name, value, name, value ...: the list itself, for a transport to write; not to be changed. */
  readonly raw: readonly string[];
}

/** Takes ownership of alternating names and values as a transport read them. */
export function fieldList(raw: string[] = []): FieldList {
  return new Fields(raw);
}

/** @param text of a `content-length` field */
export function lengthIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return text === "" ? Number.NaN : Number(text);
}

class Fields implements FieldList {
  raw: string[];

  constructor(raw: string[]) {
    for (let i = 0; i < raw.length; i += 2) raw[i] = (raw[i] as string).toLowerCase();
    this.raw = raw;
  }

  get(name: string): string | undefined {
    const at = this.#find(name.toLowerCase());
    return at < 0 ? undefined : this.raw[at + 1];
  }

  values(name: string): string[] {
    const wanted = name.toLowerCase();
    const found: string[] = [];
    for (let i = 0; i < this.raw.length; i += 2) if (this.raw[i] === wanted) found.push(this.raw[i + 1] as string);
    return found;
  }

  has(name: string): boolean {
    return this.#find(name.toLowerCase()) >= 0;
  }

  get contentLength(): number | undefined {
    return lengthIn(this.get("content-length"));
  }

  entries(): [string, string][] {
    const pairs: [string, string][] = [];
    for (let i = 0; i < this.raw.length; i += 2) pairs.push([this.raw[i] as string, this.raw[i + 1] as string]);
    return pairs;
  }

  count(): number {
    return this.raw.length >> 1;
  }

  set(name: string, value: string): void {
    const wanted = name.toLowerCase();
    const first = this.#find(wanted);
    if (first < 0) {
      this.raw.push(wanted, value);
      return;
    }
    this.raw[first + 1] = value;
    this.#drop((candidate) => candidate === wanted, first + 2);
  }

  add(name: string, value: string): void {
    this.raw.push(name.toLowerCase(), value);
  }

  hasAny(names: readonly string[]): boolean {
    return names.some((name) => this.#find(name) >= 0);
  }

  introduce(raw: string[]): void {
    this.raw.push(...raw);
  }

  remove(name: string): void {
    const wanted = name.toLowerCase();
    if (this.#find(wanted) >= 0) this.#drop((candidate) => candidate === wanted, 0);
  }

  removeWhere(matches: (name: string) => boolean): void {
    this.#drop(matches, 0);
  }

  copy(): string[] {
    return this.raw.slice();
  }

  replace(raw: string[]): void {
    this.raw = raw;
  }

  #find(lowerCase: string): number {
    for (let i = 0; i < this.raw.length; i += 2) if (this.raw[i] === lowerCase) return i;
    return -1;
  }

  #drop(matches: (name: string) => boolean, from: number): void {
    let kept = from;
    for (let i = from; i < this.raw.length; i += 2) {
      if (matches(this.raw[i] as string)) continue;
      this.raw[kept] = this.raw[i] as string;
      this.raw[kept + 1] = this.raw[i + 1] as string;
      kept += 2;
    }
    this.raw.length = kept;
  }
}
