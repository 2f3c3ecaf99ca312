import type { BigIntStats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Code, HeddleError, messageOf } from "../errors.ts";
import { MAX_FILE_SIZE } from "./parse.ts";

/** A configuration file as it was found: its text, or why it could not be had. */
export interface SourceFile {
  /** Relative to the folder. */
  readonly file: string;
  readonly folder: string;
  readonly content:
    | { readonly ok: true; readonly text: string }
    | { readonly ok: false; readonly code: Code; readonly reason: string };
}

const CONFIG_FILE = /^[^.].*\.(?:ya?ml|json)$/i;

/** What `heddle build` and `heddle sign` put beside a component; without the component the name is anybody's. */
const BESIDE_COMPONENT = /\.(?:manifest|sigstore)\.json$/;

/**
 * Reads the `.yaml`, `.yml` and `.json` files of a folder (not of its subfolders), or one such file, in the order of
 * their names. What belongs to a component in the folder is no document. Throws CONFIG_SYNTAX when the folder itself cannot be read.
 */
export async function readFolder(path: string): Promise<SourceFile[]> {
  const { folder, names } = await listFiles(path);
  return Promise.all(names.map((file) => readSource(folder, file)));
}

/** Changes whenever a file of the folder, or one of `beside`, is written, replaced, added or removed. Cheap: reads no contents. */
export async function folderSignature(path: string, beside: Iterable<string>): Promise<string> {
  const { folder, names } = await listFiles(path);
  const paths = [...names.map((name) => join(folder, name)), ...beside];
  const marks = await Promise.all(paths.map(async (each) => `${each} ${await markOf(each)}`));
  return marks.join("\n");
}

async function markOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs, mode }: BigIntStats = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs} ${mode}`;
  } catch (error) {
    return messageOf(error);
  }
}

async function listFiles(path: string): Promise<{ folder: string; names: string[] }> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return { folder: dirname(resolve(path)), names: [basename(path)] };
    return { folder: resolve(path), names: documentsAmong(await readdir(path)) };
  } catch (error) {
    throw new HeddleError("CONFIG_SYNTAX", `expected a readable folder or file, got ${messageOf(error)}`, {
      where: path,
      remedy: "Name the folder that holds the configuration.",
      cause: error,
    });
  }
}

function documentsAmong(names: readonly string[]): string[] {
  const all = new Set(names);
  const isBeside = (name: string) => BESIDE_COMPONENT.test(name) && all.has(name.replace(BESIDE_COMPONENT, ".wasm"));
  return names.filter((name) => CONFIG_FILE.test(name) && !isBeside(name)).sort();
}

async function readSource(folder: string, file: string): Promise<SourceFile> {
  return { file, folder, content: await readText(join(folder, file)) };
}

async function readText(path: string): Promise<SourceFile["content"]> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_SIZE) return tooLarge(size);
    const bytes = await readFile(path);
    if (bytes.length > MAX_FILE_SIZE) return tooLarge(bytes.length);
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { ok: true, text };
  } catch (error) {
    const reason = error instanceof TypeError ? "expected UTF-8 text, got other bytes" : messageOf(error);
    return { ok: false, code: "CONFIG_SYNTAX", reason };
  }
}

function tooLarge(size: number): SourceFile["content"] {
  return { ok: false, code: "CONFIG_LIMIT", reason: `expected at most ${MAX_FILE_SIZE} bytes, got ${size}` };
}
