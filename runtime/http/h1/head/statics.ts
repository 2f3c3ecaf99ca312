import {
  METHOD_BUCKETS,
  METHOD_RECORDS,
  NAME_BUCKETS,
  NAME_RECORDS,
  RECORD_SIZE,
  TARGET_CLASS,
  TOKEN_CLASS,
} from "./tokenizer/layout.ts";
import { bucketOf, nameKey } from "./tokenizer/names.ts";
import { METHODS, WELL_KNOWN } from "./well-known.ts";

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/;
const TARGET = /[!$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]/;

/** Fills the constants of a tokenizer's memory: classes of bytes, names and methods with their hash buckets. */
export function fillStatics(statics: Uint8Array): void {
  for (let byte = 0; byte < 128; byte++) {
    statics[TOKEN_CLASS + byte] = TOKEN.test(String.fromCharCode(byte)) ? 1 : 0;
    statics[TARGET_CLASS + byte] = TARGET.test(String.fromCharCode(byte)) ? 1 : 0;
  }
  fill(statics, WELL_KNOWN, NAME_BUCKETS, NAME_RECORDS);
  fill(statics, METHODS, METHOD_BUCKETS, METHOD_RECORDS);
}

function fill(statics: Uint8Array, words: readonly string[], buckets: number, records: number): void {
  for (const [number, text] of words.entries()) {
    if (text === "") continue;
    const bytes = Buffer.from(text, "latin1");
    statics[records + number * RECORD_SIZE] = bytes.length;
    statics.set(bytes, records + number * RECORD_SIZE + 1);
    let bucket = bucketOf(keyOf(text));
    while (statics[buckets + bucket] !== 0) bucket = (bucket + 1) & 255;
    statics[buckets + bucket] = number;
  }
}

/** What the tokenizer notes for a name that it does not know; `name` has bytes only. */
export function keyOf(name: string): number {
  return nameKey(name.charCodeAt(0), name.charCodeAt(name.length >> 1), name.charCodeAt(name.length - 1), name.length);
}
