import { compileTokenizer } from "../../../../runtime/http/h1/head/compile-tokenizer.ts";
import { scriptTokenizer, type Tokenizer, wasmTokenizer } from "../../../../runtime/http/h1/head/tokenizer.ts";

/** The tokenizer's sources both ways. */
export const TOKENIZERS: readonly (readonly [name: string, tokenizer: Tokenizer])[] = [
  ["TypeScript", scriptTokenizer()],
  ["WebAssembly", wasmTokenizer(await compileTokenizer())],
];
