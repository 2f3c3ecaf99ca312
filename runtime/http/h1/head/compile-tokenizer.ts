import { readFile } from "node:fs/promises";
import { join } from "node:path";
import asc from "assemblyscript/asc";

const SOURCES = join(import.meta.dirname, "tokenizer");

/** The areas of `tokenizer/memory.as` end below this address. */
const MEMORY_BASE = 131_072;

/** Compiles the tokenizer's sources to a WebAssembly module. Throws an Error with the compiler's messages. */
export async function compileTokenizer(): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main(
    [
      ...["tokenize.ts", "--outFile", "tokenizer.wasm", "--runtime", "stub", "--enable", "simd"],
      ...[
        "--optimizeLevel",
        "3",
        "--converge",
        "--noAssert",
        "--memoryBase",
        String(MEMORY_BASE),
        "--initialMemory",
        "3",
      ],
    ],
    {
      readFile: source,
      writeFile: (name, contents) => {
        if (name.endsWith(".wasm") && contents instanceof Uint8Array) binary = contents;
      },
      listFiles: () => [],
      stdout: asc.createMemoryStream(),
      stderr,
    },
  );
  if (error !== null || binary === undefined) throw new Error(`The tokenizer does not compile.\n${stderr.toString()}`);
  return binary;
}

async function source(name: string): Promise<string | null> {
  const file = name === "memory.ts" ? "memory.as" : name;
  return readFile(join(SOURCES, file), "utf8").catch(() => null);
}
