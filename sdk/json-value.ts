import { JsonKind } from "./json-kind";

/**
 * A JSON value, from `json.parse`. Getters never fail: what is absent or of another type gives the fallback.
 *
 * @example
 * ```ts
 * const value: JsonValue | null = json.parse(`{"sub":"alice","aud":["a","b"],"exp":1767225600}`);
 * if (value !== null) {
 *   const subject = value.string("sub", "nobody");
 *   const audiences = value.strings("aud");
 *   if (value.float("exp", 0) > clock.now() / 1000 && audiences.includes("a")) log.info(subject);
 * }
 * ```
 */
export class JsonValue {
  /** The value of a Number; NaN otherwise. */
  number: f64 = NaN;
  /** The value of a Text; empty otherwise. */
  text: string = "";
  /** The elements of a List, or the values of an Object in the order of `names`. */
  items: JsonValue[] = [];
  /** The member names of an Object, in order. */
  names: string[] = [];
  /** The value of a Bool; false otherwise. */
  flag: bool = false;

  constructor(readonly kind: JsonKind) {}

  /** The member of an Object; null when there is none, or this is no Object. */
  get(name: string): JsonValue | null {
    const at = this.names.indexOf(name);
    return at < 0 ? null : this.items[at];
  }

  /** Whether an Object has a member. */
  has(name: string): bool {
    return this.names.indexOf(name) >= 0;
  }

  /** How many elements or members there are. */
  get length(): i32 {
    return this.items.length;
  }

  /** A Text member. */
  string(name: string, fallback: string = ""): string {
    const value = this.get(name);
    return value !== null && value.kind === JsonKind.Text ? value.text : fallback;
  }

  /** A whole Number member that fits 32 bits. */
  int(name: string, fallback: i32 = 0): i32 {
    const value = this.get(name);
    if (value === null || value.kind !== JsonKind.Number) return fallback;
    const whole = Math.trunc(value.number);
    return whole === value.number && Math.abs(whole) <= 2147483647 ? <i32>whole : fallback;
  }

  /** A Number member. */
  float(name: string, fallback: f64 = 0): f64 {
    const value = this.get(name);
    return value !== null && value.kind === JsonKind.Number ? value.number : fallback;
  }

  /** A Bool member. */
  bool(name: string, fallback: bool = false): bool {
    const value = this.get(name);
    return value !== null && value.kind === JsonKind.Bool ? value.flag : fallback;
  }

  /** A member that is a List of Texts (others are left out) or a single Text; empty when it is neither. */
  strings(name: string): string[] {
    const value = this.get(name);
    if (value === null) return [];
    if (value.kind === JsonKind.Text) return [value.text];
    const texts: string[] = [];
    if (value.kind !== JsonKind.List) return texts;
    for (let i = 0; i < value.items.length; i++) {
      if (value.items[i].kind === JsonKind.Text) texts.push(value.items[i].text);
    }
    return texts;
  }

  /** A List member; empty when it is none. */
  list(name: string): JsonValue[] {
    const value = this.get(name);
    return value !== null && value.kind === JsonKind.List ? value.items : [];
  }

  /** An Object member; one without members when it is none. */
  object(name: string): JsonValue {
    const value = this.get(name);
    return value !== null && value.kind === JsonKind.Object ? value : new JsonValue(JsonKind.Object);
  }
}
