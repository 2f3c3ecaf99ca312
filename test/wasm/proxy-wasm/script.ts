import { printableLine } from "../../../runtime/wasm/host/printable-line.ts";
import { type FilterText, IMPORTS } from "./filters.ts";

/** Where a host call is to put an address and a length; the text there is reported. */
export const TEXT = Symbol("text");
/** The same, reported as `<hex>`. */
export const BYTES = Symbol("bytes");
/** The same for a list of names and values, reported as `{hex}`. */
export const PAIRS = Symbol("pairs");
/** Where a host call is to put a number of 32 bits; it is reported. */
export const WORD = Symbol("word");
/** The same of 64 bits. */
export const LONG = Symbol("long");

/** The number that lies at an address: what a call has given before. */
export interface Stored {
  readonly at: number;
}

export type Argument =
  | number
  | bigint
  | string
  | Stored
  | typeof TEXT
  | typeof BYTES
  | typeof PAIRS
  | typeof WORD
  | typeof LONG;

/** How what a call gave is shown. */
const FORMS: readonly Argument[] = [TEXT, BYTES, PAIRS];

/** A host call: text becomes an address and a length. */
export type Step = readonly [name: string, ...args: Argument[]];

export interface Callback {
  readonly steps?: readonly Step[];
  /** What it returns. @default 0 */
  readonly returns?: number;
  /** What it returns when the body that it is about has ended. @default the same */
  readonly returnsAtEnd?: number;
}

export type Callbacks = Readonly<Record<string, Callback>>;

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
  proxy_on_grpc_receive_initial_metadata: [3, false],
  proxy_on_grpc_receive: [3, false],
  proxy_on_grpc_receive_trailing_metadata: [3, false],
  proxy_on_grpc_close: [3, false],
  proxy_on_foreign_function: [3, false],
  proxy_on_new_connection: [1, true],
  proxy_on_downstream_data: [3, true],
  proxy_on_upstream_data: [3, true],
  proxy_on_downstream_connection_close: [2, false],
  proxy_on_upstream_connection_close: [2, false],
  proxy_on_done: [1, true],
  proxy_on_log: [1, false],
  proxy_on_delete: [1, false],
};

const [ADDRESS_AT, LENGTH_AT, WORD_AT, LONG_AT, LINE_AT, TEXTS_AT] = [16, 20, 24, 32, 1024, 8192];

/**
 * A filter that makes these calls in these callbacks, and reports each in a line of log: the callback without `proxy_on_`,
 * the call without `proxy_`, its status, and what it gave.
 */
export function scripted(callbacks: Callbacks, options: Partial<FilterText> = {}): FilterText {
  return filterOf(callbacks, options, () => "");
}

/** The same, and every callback reports itself first: its name, and what it was given beside numbers of headers. */
export function traced(callbacks: Callbacks, options: Partial<FilterText> = {}): FilterText {
  return filterOf(callbacks, options, entryText);
}

type Entry = (name: string, params: number, texts: Texts) => string;

function filterOf(callbacks: Callbacks, options: Partial<FilterText>, entry: Entry): FilterText {
  const texts = new Texts();
  const functions = Object.entries(callbacks).map(([name, callback]) => {
    const [params, hasResult] = signatureOf(name, options.abi);
    const steps = (callback.steps ?? []).map((step) => stepText(shortName(name), step, texts)).join("\n");
    const types = params === 0 ? "" : `(param ${"i32 ".repeat(params)})`;
    const [result, value] = hasResult ? ["(result i32)", resultText(callback)] : ["", ""];
    return `(func (export "${name}") ${types} ${result} ${entry(name, params, texts)} ${steps} ${value})`;
  });
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

/** The first version of the ABI does not say whether a head is all there is. */
function signatureOf(name: string, abi: string | undefined): readonly [params: number, result: boolean] {
  const [params, hasResult] = PARAMS[name] ?? [0, false];
  return [abi === "0_1_0" && name.endsWith("_headers") ? 2 : params, hasResult];
}

function shortName(name: string): string {
  return name.replace("proxy_on_", "");
}

function resultText({ returns = 0, returnsAtEnd = returns }: Callback): string {
  if (returns === returnsAtEnd) return `(i32.const ${returns})`;
  return `(select (i32.const ${returnsAtEnd}) (i32.const ${returns}) (local.get 2))`;
}

/** How reports call the callbacks. */
export const CALLBACK_NAMES: ReadonlySet<string> = new Set(Object.keys(PARAMS).map(shortName));

/** Parameters that a host is free in are left out: how many fields there are, numbers of calls. */
const FREE: Readonly<Record<string, readonly number[]>> = {
  proxy_on_request_headers: [1],
  proxy_on_response_headers: [1],
  proxy_on_http_call_response: [1, 2],
  proxy_on_queue_ready: [1],
};

function entryText(name: string, params: number, texts: Texts): string {
  const [at, length] = texts.place(shortName(name));
  const shown = Array.from({ length: params }, (_, index) => index).filter((index) => !FREE[name]?.includes(index));
  const values = shown.map((index) => `(call $also (i64.extend_i32_s (local.get ${index})))`);
  return `(call $begin (i32.const ${at}) (i32.const ${length})) ${values.join(" ")} (call $end)`;
}

function stepText(callback: string, [name, ...args]: Step, texts: Texts): string {
  const values = args.map((arg) => {
    if (typeof arg === "number") return `(i32.const ${arg})`;
    if (typeof arg === "bigint") return `(i64.const ${arg})`;
    if (arg === TEXT || arg === BYTES || arg === PAIRS) return `(i32.const ${ADDRESS_AT}) (i32.const ${LENGTH_AT})`;
    if (arg === WORD) return `(i32.const ${WORD_AT})`;
    if (arg === LONG) return `(i32.const ${LONG_AT})`;
    if (typeof arg === "object") return `(i32.load (i32.const ${arg.at}))`;
    const [at, length] = texts.place(arg as string);
    return `(i32.const ${at}) (i32.const ${length})`;
  });
  const call = `(call $${name} ${values.join(" ")})`;
  if (name === "proxy_log") return `(drop ${call})`;
  const [at, length] = texts.place(`${callback} ${name.replace("proxy_", "")} `);
  const form = FORMS.findIndex((one) => args.includes(one)) + 1;
  const shows = [form, Number(args.includes(WORD)), Number(args.includes(LONG))];
  return `(call $clear) (call $report (i32.const ${at}) (i32.const ${length}) ${call}
    ${shows.map((show) => `(i32.const ${show})`).join(" ")})`;
}

/** Line = prefix, status, then text in brackets, bytes and numbers where they were asked for. */
const REPORT = `
  (global $tip (mut i32) (i32.const 0))
  (func $clear
    (i32.store (i32.const ${ADDRESS_AT}) (i32.const 0)) (i32.store (i32.const ${LENGTH_AT}) (i32.const 0))
    (i32.store (i32.const ${WORD_AT}) (i32.const 0)) (i64.store (i32.const ${LONG_AT}) (i64.const 0)))
  (func $byte (param $char i32)
    (i32.store8 (global.get $tip) (local.get $char))
    (global.set $tip (i32.add (global.get $tip) (i32.const 1))))
  (func $copy (param $at i32) (param $length i32)
    (memory.copy (global.get $tip) (local.get $at) (local.get $length))
    (global.set $tip (i32.add (global.get $tip) (local.get $length))))
  (func $digit (param $value i32)
    (call $byte (i32.add (local.get $value)
      (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get $value) (i32.const 10))))))
  (func $hex (param $at i32) (param $length i32)
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $length)))
      (call $digit (i32.shr_u (i32.load8_u (local.get $at)) (i32.const 4)))
      (call $digit (i32.and (i32.load8_u (local.get $at)) (i32.const 15)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (br $next))))
  (func $number (param $value i64)
    (if (i64.ge_u (local.get $value) (i64.const 10))
      (then (call $number (i64.div_u (local.get $value) (i64.const 10)))))
    (call $byte (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $value) (i64.const 10))))))
  (func $begin (param $at i32) (param $length i32)
    (global.set $tip (i32.const ${LINE_AT}))
    (call $copy (local.get $at) (local.get $length)))
  (func $also (param $value i64) (call $byte (i32.const 32)) (call $number (local.get $value)))
  (func $end
    (drop (call $proxy_log (i32.const 2) (i32.const ${LINE_AT})
      (i32.sub (global.get $tip) (i32.const ${LINE_AT})))))
  (func $given (param $open i32) (param $close i32) (param $plain i32)
    (call $byte (i32.const 32)) (call $byte (local.get $open))
    (if (local.get $plain)
      (then (call $copy (i32.load (i32.const ${ADDRESS_AT})) (i32.load (i32.const ${LENGTH_AT}))))
      (else (call $hex (i32.load (i32.const ${ADDRESS_AT})) (i32.load (i32.const ${LENGTH_AT})))))
    (call $byte (local.get $close)))
  (func $report (param $at i32) (param $length i32) (param $status i32) (param $form i32) (param $word i32) (param $long i32)
    (call $begin (local.get $at) (local.get $length))
    (call $number (i64.extend_i32_u (local.get $status)))
    (if (i32.eq (local.get $form) (i32.const 1)) (then (call $given (i32.const 91) (i32.const 93) (i32.const 1))))
    (if (i32.eq (local.get $form) (i32.const 2)) (then (call $given (i32.const 60) (i32.const 62) (i32.const 0))))
    (if (i32.eq (local.get $form) (i32.const 3)) (then (call $given (i32.const 123) (i32.const 125) (i32.const 0))))
    (if (local.get $word) (then (call $also (i64.extend_i32_u (i32.load (i32.const ${WORD_AT}))))))
    (if (local.get $long) (then (call $also (i64.load (i32.const ${LONG_AT})))))
    (call $end))`;

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
