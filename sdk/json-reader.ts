import { decimal } from "./decimal";
import { JsonKind } from "./json-kind";
import { JsonValue } from "./json-value";

const MAX_DEPTH: i32 = 32;
/** From this many members on, duplicate names are found by a set instead of a scan. */
const MANY: i32 = 16;

/**
 * A strict reader of one JSON text. A failure is a null that every caller passes on: AssemblyScript has no exceptions to
 * catch, and the text may be hostile.
 */
export class JsonReader {
  private at: i32 = 0;
  private depth: i32 = 0;

  constructor(private source: string) {}

  /** The whole text as one value. */
  read(): JsonValue | null {
    const value = this.value();
    this.space();
    return this.at === this.source.length ? value : null;
  }

  private value(): JsonValue | null {
    this.space();
    const code = this.peek();
    if (code === 0x7b || code === 0x5b) return this.nested(code);
    if (code === 0x22) return this.string();
    if (code === 0x74) return this.word("true", JsonKind.Bool);
    if (code === 0x66) return this.word("false", JsonKind.Bool);
    if (code === 0x6e) return this.word("null", JsonKind.Null);
    return this.number();
  }

  private nested(code: i32): JsonValue | null {
    if (++this.depth > MAX_DEPTH) return null;
    this.at++;
    const value = code === 0x7b ? this.object() : this.list();
    this.depth--;
    return value;
  }

  private object(): JsonValue | null {
    const result = new JsonValue(JsonKind.Object);
    if (this.take(0x7d)) return result;
    let seen: Set<string> | null = null;
    do {
      this.space();
      const name = this.string();
      if (name === null || !this.take(0x3a)) return null;
      if (seen === null && result.length >= MANY) seen = setOf(result.names);
      if (seen === null ? result.has(name.text) : seen.has(name.text)) return null;
      if (seen !== null) seen.add(name.text);
      const value = this.value();
      if (value === null) return null;
      result.names.push(name.text);
      result.items.push(value);
    } while (this.take(0x2c));
    return this.take(0x7d) ? result : null;
  }

  private list(): JsonValue | null {
    const result = new JsonValue(JsonKind.List);
    if (this.take(0x5d)) return result;
    do {
      const value = this.value();
      if (value === null) return null;
      result.items.push(value);
    } while (this.take(0x2c));
    return this.take(0x5d) ? result : null;
  }

  private word(word: string, kind: JsonKind): JsonValue | null {
    if (!this.source.startsWith(word, this.at)) return null;
    this.at += word.length;
    const value = new JsonValue(kind);
    value.flag = word === "true";
    return value;
  }

  private string(): JsonValue | null {
    if (this.peek() !== 0x22) return null;
    let from = ++this.at;
    let text = "";
    for (;;) {
      const code = this.peek();
      if (code < 0x20) return null;
      if (code === 0x22) break;
      this.at++;
      if (code !== 0x5c) continue;
      const escaped = this.escape();
      if (escaped < 0) return null;
      text += this.source.substring(from, this.escapeStart) + String.fromCharCode(escaped);
      from = this.at;
    }
    const value = new JsonValue(JsonKind.Text);
    const rest = this.source.substring(from, this.at++);
    value.text = text.length === 0 ? rest : text + rest;
    return value;
  }

  private escapeStart: i32 = 0;

  /** The code unit that an escape stands for, or -1. Pairs of `\u` escapes are two code units, as in JavaScript. */
  private escape(): i32 {
    this.escapeStart = this.at - 1;
    const code = this.peek();
    this.at++;
    if (code === 0x75) return this.hexadecimal();
    if (code === 0x22 || code === 0x5c || code === 0x2f) return code;
    if (code === 0x62) return 0x08;
    if (code === 0x66) return 0x0c;
    if (code === 0x6e) return 0x0a;
    if (code === 0x72) return 0x0d;
    return code === 0x74 ? 0x09 : -1;
  }

  private hexadecimal(): i32 {
    let unit = 0;
    for (let i = 0; i < 4; i++, this.at++) {
      const code = this.peek();
      const letter = code | 32;
      if (code >= 0x30 && code <= 0x39) unit = (unit << 4) | (code - 0x30);
      else if (letter >= 0x61 && letter <= 0x66) unit = (unit << 4) | (letter - 0x57);
      else return -1;
    }
    return unit;
  }

  private number(): JsonValue | null {
    const start = this.at;
    if (this.peek() === 0x2d) this.at++;
    if (this.peek() === 0x30) this.at++;
    else if (this.digits() === 0) return null;
    if (this.peek() === 0x2e) {
      this.at++;
      if (this.digits() === 0) return null;
    }
    if ((this.peek() | 32) === 0x65) {
      this.at++;
      if (this.peek() === 0x2b || this.peek() === 0x2d) this.at++;
      if (this.digits() === 0) return null;
    }
    const value = new JsonValue(JsonKind.Number);
    value.number = decimal(this.source, start, this.at);
    return isFinite(value.number) ? value : null;
  }

  private digits(): i32 {
    const start = this.at;
    while (this.peek() >= 0x30 && this.peek() <= 0x39) this.at++;
    return this.at - start;
  }

  /** The code unit ahead; -1 at the end. */
  private peek(): i32 {
    return this.source.charCodeAt(this.at);
  }

  /** Skips space, then one code unit if it is the given one. */
  private take(code: i32): bool {
    this.space();
    if (this.peek() !== code) return false;
    this.at++;
    return true;
  }

  private space(): void {
    for (;;) {
      const code = this.peek();
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }
}

function setOf(names: string[]): Set<string> {
  const seen = new Set<string>();
  for (let i = 0; i < names.length; i++) seen.add(names[i]);
  return seen;
}
