/** Compiles the tokenizer to `tokenizer.wasm`, which `sharedTokenizer` loads. */
import { compileTokenizer } from "./compile-tokenizer.ts";
import { writeTokenizer } from "./tokenizer-file.ts";

writeTokenizer(await compileTokenizer());
