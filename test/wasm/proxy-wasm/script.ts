import { printableLine } from "../../../runtime/wasm/host/printable-line.ts";
import { type FilterText, IMPORTS } from "./filters.ts";

/** Where a host call is to put an address and a length; the text there is reported. */
export const TEXT = Symbol("text");
/** Where a host call is to put a number of 32 bits; it is reported. */
export const WORD = Symbol("word");
/** The same of 64 bits. */
export const LONG = Symbol("long");

export type Argument = number | bigint | string | typeof TEXT | typeof WORD | typeof LONG;

/** A host call: text becomes an address and a length. */
export type Step = readonly [name: string, ...args: Argument[]];

export interface Callback {
  readonly steps?: readonly Step[];
  /** What it returns. */
  readonly returns?: number;
}

const PARAMS: Readonly<Record<string, readonly [params: number, result: boolean]>> = {
  proxy_on_context_create: [2, false],
  proxy_on_vm_start: [2, true],
  proxy_on_configure: [2, true],
  proxy_on_tick: [1, false],
  proxy_on_queue_ready: [2, false],
  proxy_on_request_headers: [3, true],
  proxy_on_request_body: [3, true],
  proxy_on_request_trailers: [2, true],
  proxy_on_response_headers: [3, true],
  proxy_on_response_body: [3, true],
  proxy_on_response_trailers: [2, true],
  proxy_on_http_call_response: [5, false],
  proxy_on_done: [1, true],
  proxy_on_log: [1, false],
  proxy_on_delete: [1, false],
};

const [ADDRESS_AT, LENGTH_AT, WORD_AT, LONG_AT, LINE_AT, TEXTS_AT] = [16, 20, 24, 32, 1024, 8192];

/**
 * A filter that makes these calls in these callbacks, and reports each in a line of log: the callback without `proxy_on_`,
 * the call without `proxy_`, its status, and what it gave.
 */
export function scripted(callbacks: Readonly<Record<string, Callback>>, options: Partial<FilterText> = {}): FilterText {
  const texts = new Texts();
  const functions = Object.entries(callbacks).map(([name, callback]) => callbackText(name, callback, texts));
  const wat = `${REPORT} ${functions.join("\n")} ${options.wat ?? ""}`;
  return {
    ...options,
    wat,
    imports: ["proxy_log", ...(options.imports ?? [])],
    data: { ...options.data, ...texts.data },
  };
}

class Texts {
  readonly data: Record<number, string> = {};
  #next = TEXTS_AT;

  /** Address and length of a text, one byte a character. */
  place(text: string): readonly [number, number] {
    const at = this.#next;
    this.#next += text.length + 1;
    this.data[at] = [...text].map((char) => `\\${char.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
    return [at, text.length];
  }
}

function callbackText(name: string, { steps = [], returns = 0 }: Callback, texts: Texts): string {
  const [params, hasResult] = PARAMS[name] ?? [0, false];
  const body = steps.map((step) => stepText(name.replace("proxy_on_", ""), step, texts)).join("\n");
  const types = params === 0 ? "" : `(param ${"i32 ".repeat(params)})`;
  const result = hasResult ? `(result i32)` : "";
  return `(func (export "${name}") ${types} ${result} ${body} ${hasResult ? `(i32.const ${returns})` : ""})`;
}

function stepText(callback: string, [name, ...args]: Step, texts: Texts): string {
  const values = args.map((arg) => {
    if (typeof arg === "number") return `(i32.const ${arg})`;
    if (typeof arg === "bigint") return `(i64.const ${arg})`;
    if (arg === TEXT) return `(i32.const ${ADDRESS_AT}) (i32.const ${LENGTH_AT})`;
    if (arg === WORD) return `(i32.const ${WORD_AT})`;
    if (arg === LONG) return `(i32.const ${LONG_AT})`;
    const [at, length] = texts.place(arg as string);
    return `(i32.const ${at}) (i32.const ${length})`;
  });
  const call = `(call $${name} ${values.join(" ")})`;
  if (name === "proxy_log") return `(drop ${call})`;
  const [at, length] = texts.place(`${callback} ${name.replace("proxy_", "")} `);
  const shows = [args.includes(TEXT), args.includes(WORD), args.includes(LONG)].map(Number);
  return `(call $clear) (call $report (i32.const ${at}) (i32.const ${length}) ${call}
    ${shows.map((flag) => `(i32.const ${flag})`).join(" ")})`;
}

/** Line = prefix, status, then text in brackets and numbers where they were asked for. */
const REPORT = `
  (global $end (mut i32) (i32.const 0))
  (func $clear
    (i32.store (i32.const ${ADDRESS_AT}) (i32.const 0)) (i32.store (i32.const ${LENGTH_AT}) (i32.const 0))
    (i32.store (i32.const ${WORD_AT}) (i32.const 0)) (i64.store (i32.const ${LONG_AT}) (i64.const 0)))
  (func $byte (param $char i32)
    (i32.store8 (global.get $end) (local.get $char))
    (global.set $end (i32.add (global.get $end) (i32.const 1))))
  (func $copy (param $at i32) (param $length i32)
    (memory.copy (global.get $end) (local.get $at) (local.get $length))
    (global.set $end (i32.add (global.get $end) (local.get $length))))
  (func $number (param $value i64)
    (if (i64.ge_u (local.get $value) (i64.const 10))
      (then (call $number (i64.div_u (local.get $value) (i64.const 10)))))
    (call $byte (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $value) (i64.const 10))))))
  (func $report (param $at i32) (param $length i32) (param $status i32) (param $text i32) (param $word i32) (param $long i32)
    (global.set $end (i32.const ${LINE_AT}))
    (call $copy (local.get $at) (local.get $length))
    (call $number (i64.extend_i32_u (local.get $status)))
    (if (local.get $text) (then
      (call $byte (i32.const 32)) (call $byte (i32.const 91))
      (call $copy (i32.load (i32.const ${ADDRESS_AT})) (i32.load (i32.const ${LENGTH_AT})))
      (call $byte (i32.const 93))))
    (if (local.get $word) (then
      (call $byte (i32.const 32)) (call $number (i64.extend_i32_u (i32.load (i32.const ${WORD_AT}))))))
    (if (local.get $long) (then
      (call $byte (i32.const 32)) (call $number (i64.load (i32.const ${LONG_AT})))))
    (drop (call $proxy_log (i32.const 2) (i32.const ${LINE_AT}) (i32.sub (global.get $end) (i32.const ${LINE_AT})))))`;

/** Names and values as guests pass lists of them. */
export function pairsText(pairs: readonly (readonly [string, string])[]): string {
  const word = (value: number) =>
    String.fromCharCode(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255);
  const lengths = pairs.map(([name, value]) => word(name.length) + word(value.length)).join("");
  return word(pairs.length) + lengths + pairs.map(([name, value]) => `${name}\0${value}\0`).join("");
}

/** A line of log as the proxy writes it: without control characters. */
export function logged(bytes: Uint8Array): string {
  return printableLine(Buffer.from(bytes).toString(), 4096);
}

/** Every import, for a filter that only links them. */
export const ALL = Object.keys(IMPORTS);
