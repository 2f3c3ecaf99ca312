import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What `generate-tokenizer.ts` writes; ignored by git, part of the published package. */
const FILE = join(import.meta.dirname, "tokenizer.wasm");
const SOURCES = join(import.meta.dirname, "tokenizer");
const SECTION = "sources";
const DIGEST_BYTES = 32;

/** The module, where it was made of the sources as they are now; undefined without such a file. */
export function readTokenizer(): Buffer | undefined {
  const module = unlessMissing(() => readFileSync(FILE));
  if (module === undefined) return undefined;
  const digest = sourcesDigest();
  return digest === undefined || digest.equals(module.subarray(-DIGEST_BYTES)) ? module : undefined;
}

/** Keeps the module with the digest of its sources in a custom section behind the others. */
export function writeTokenizer(module: Uint8Array): void {
  const digest = sourcesDigest() as Buffer;
  const content = Buffer.concat([Buffer.from([SECTION.length]), Buffer.from(SECTION), digest]);
  // Other processes may be reading or writing it.
  const fresh = `${FILE}.${process.pid}`;
  writeFileSync(fresh, Buffer.concat([module, Buffer.from([0, content.length]), content]));
  renameSync(fresh, FILE);
}

/** Whether the sources are there: the published package has none. */
export function canCompile(): boolean {
  return sourcesDigest() !== undefined;
}

function sourcesDigest(): Buffer | undefined {
  const names = unlessMissing(() => readdirSync(SOURCES));
  if (!names?.includes("memory.as")) return undefined;
  const hash = createHash("sha256").update(readFileSync(join(import.meta.dirname, "compile-tokenizer.ts")));
  for (const name of names.sort()) hash.update(`${name}\n`).update(readFileSync(join(SOURCES, name)));
  return hash.digest();
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
