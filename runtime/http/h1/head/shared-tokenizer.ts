import { readFileSync } from "node:fs";
import { join } from "node:path";
import { scriptTokenizer, type Tokenizer, wasmTokenizer } from "./tokenizer.ts";

/** What `generate-tokenizer.ts` writes; ignored by git, part of the published package. */
export const TOKENIZER_FILE: string = join(import.meta.dirname, "tokenizer.wasm");

let shared: Tokenizer | undefined;

/** This thread's tokenizer: WebAssembly where it has been generated, the same sources as TypeScript otherwise. */
export function sharedTokenizer(): Tokenizer {
  shared ??= load();
  return shared;
}

function load(): Tokenizer {
  const bytes = generated();
  return bytes === undefined ? scriptTokenizer() : wasmTokenizer(bytes);
}

function generated(): Uint8Array | undefined {
  try {
    return readFileSync(TOKENIZER_FILE);
  } catch {
    return undefined;
  }
}
