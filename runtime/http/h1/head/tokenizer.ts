import { fillStatics } from "./statics.ts";
import * as memory from "./tokenizer/memory.ts";
import { tokenize } from "./tokenizer/tokenize.ts";

/**
 * Reads one head at a time. Its sources (`tokenizer/`) are TypeScript and AssemblyScript at once: run as they are, or
 * compiled to WebAssembly, where `memory.as` takes the place of `memory.ts`.
 */
export interface Tokenizer {
  /** Takes the bytes to read, at most 65,536. */
  readonly input: Uint8Array;
  /** What was read: `tokenizer/layout.ts`. Overwritten by the next head. */
  readonly table: Int32Array;
  /** Reads the first `length` bytes of `input`; returns a code of `tokenizer/codes.ts`. */
  tokenize(kind: number, length: number, maxHead: number, maxTarget: number, maxFields: number): number;
}

/** Runs the sources as TypeScript. There is one per thread, since they keep their memory in a module. */
export function scriptTokenizer(): Tokenizer {
  fillStatics(memory.statics.fill(0));
  return { input: memory.input, table: memory.table, tokenize };
}

/** The part of the engine that is needed here; Node's types leave it to the DOM's. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => {
    readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; readonly tokenize: Tokenizer["tokenize"] };
  };
}

/** Runs what `compileTokenizer` made of the sources. */
export function wasmTokenizer(bytes: Uint8Array): Tokenizer {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
  const { memory, tokenize } = new Instance(new Module(bytes), {}).exports;
  fillStatics(new Uint8Array(memory.buffer, 16_384, 8_192));
  return {
    input: new Uint8Array(memory.buffer, 32_768, 65_536 + 64),
    table: new Int32Array(memory.buffer, 1_024, 2_048),
    tokenize,
  };
}
