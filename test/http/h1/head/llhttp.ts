import { createRequire } from "node:module";

/** What llhttp, as undici carries it, makes of a head in lenient mode off. */
export interface LlhttpVerdict {
  /** The head is complete and was accepted. */
  readonly accepted: boolean;
  /** The message ends with the head; where there were bytes of a body, with them. */
  readonly bodiless: boolean;
  /** Without its framing. */
  readonly body: string;
  readonly status: number;
  readonly target: string;
  /** Name, value, name, value ... as they came. */
  readonly fields: readonly string[];
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  _initialize?(): void;
  malloc(size: number): number;
  llhttp_alloc(type: number): number;
  llhttp_reset(parser: number): void;
  llhttp_execute(parser: number, at: number, length: number): number;
}

interface Engine {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Exports };
}

const CAPACITY = 65_536;

/** A reader of heads of one kind: 1 for requests, 2 for responses. */
export function llhttp(kind: 1 | 2): (head: Buffer) => LlhttpVerdict {
  const bytes: Uint8Array = createRequire(import.meta.url)("undici/lib/llhttp/llhttp-wasm.js");
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
  const seen = {
    accepted: false,
    bodiless: false,
    body: "",
    status: 0,
    spans: [] as [kind: string, at: number, length: number][],
  };
  const span = (name: string) => (_parser: number, at: number, length: number) => {
    if (!seen.accepted) seen.spans.push([name, at, length]);
    return 0;
  };
  const env = {
    wasm_on_message_begin: () => 0,
    wasm_on_url: span("url"),
    wasm_on_status: () => 0,
    wasm_on_header_field: span("field"),
    wasm_on_header_value: span("value"),
    wasm_on_headers_complete: (_parser: number, status: number) => {
      seen.accepted = true;
      seen.status = status;
      return 0;
    },
    wasm_on_body: (_parser: number, at: number, length: number) => {
      seen.body += memory.toString("latin1", at, at + length);
      return 0;
    },
    wasm_on_message_complete: () => {
      seen.bodiless = true;
      return 0;
    },
  };
  const wasm = new Instance(new Module(bytes), { env }).exports;
  wasm._initialize?.();
  const parser = wasm.llhttp_alloc(kind);
  const at = wasm.malloc(CAPACITY);
  const memory = Buffer.from(wasm.memory.buffer);
  return (head) => {
    Object.assign(seen, { accepted: false, bodiless: false, body: "", status: 0, spans: [] });
    wasm.llhttp_reset(parser);
    head.copy(memory, at);
    wasm.llhttp_execute(parser, at, head.length);
    const text = (wanted: (kind: string) => boolean): string[] =>
      seen.spans
        .filter(([kind]) => wanted(kind))
        .map(([, from, length]) => memory.toString("latin1", from, from + length));
    return {
      accepted: seen.accepted,
      bodiless: seen.bodiless,
      body: seen.body,
      status: seen.status,
      target: text((kind) => kind === "url").join(""),
      fields: text((kind) => kind !== "url"),
    };
  };
}
