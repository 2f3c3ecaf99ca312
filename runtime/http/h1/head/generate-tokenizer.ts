/** Compiles the tokenizer for this checkout: `node runtime/http/h1/head/generate-tokenizer.ts [FOLDER]`. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compileTokenizer } from "./compile-tokenizer.ts";
import { TOKENIZER_FILE } from "./shared-tokenizer.ts";

const folder = process.argv[2];
await writeFile(folder === undefined ? TOKENIZER_FILE : join(folder, "tokenizer.wasm"), await compileTokenizer());
