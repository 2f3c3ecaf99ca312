import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { scriptTokenizer, type Tokenizer, wasmTokenizer } from "./tokenizer.ts";
import { canCompile, readTokenizer } from "./tokenizer-file.ts";

let shared: Tokenizer | undefined;

/**
 * This thread's tokenizer: the WebAssembly module that the launcher and the build generate. A checkout whose sources have
 * changed since compiles them once more (about 2 s); where that is impossible the same sources run as TypeScript.
 */
export function sharedTokenizer(): Tokenizer {
  shared ??= load();
  return shared;
}

function load(): Tokenizer {
  const module = readTokenizer() ?? compiled();
  if (module !== undefined) return wasmTokenizer(module);
  process.emitWarning(
    "The HTTP/1.1 tokenizer runs as TypeScript: tokenizer.wasm is missing. `npm run generate` makes it.",
  );
  return scriptTokenizer();
}

/** In a process of its own: the compiler needs 150 MB and is asynchronous. */
function compiled(): Buffer | undefined {
  if (!canCompile()) return undefined;
  spawnSync(process.execPath, [join(import.meta.dirname, "generate-tokenizer.ts")], { stdio: "inherit" });
  return readTokenizer();
}
