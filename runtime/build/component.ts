import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";
import type { Hook } from "../artifact/manifest.ts";
import { HeddleError, messageOf } from "../errors.ts";
import { packageRoot } from "../package.ts";
import { type ForeignFunction, unknownImport } from "./foreign-functions.ts";

/** The part of the WebAssembly JavaScript API that is used here; TypeScript declares it only together with the DOM. */
const { Module } = (globalThis as unknown as { WebAssembly: { Module: ModuleConstructor } }).WebAssembly;

interface ModuleConstructor {
  new (bytes: Uint8Array): object;
  exports(module: object): { name: string }[];
  imports(module: object): { module: string; name: string }[];
}

/** The guest contract: `wit/policy.wit` and its version. */
export interface Contract {
  readonly wit: string;
  readonly version: string;
}

/** Reads the contract of this package. */
export async function readContract(): Promise<Contract> {
  const wit = await readFile(join(packageRoot, "wit", "policy.wit"), "utf8");
  const version = /^package heddle:policy@([^;]+);/m.exec(wit)?.[1];
  if (version === undefined) throw new Error("wit/policy.wit names no package heddle:policy@VERSION");
  return { wit, version };
}

/** Names of what a core module exports. */
export function exportsOf(core: Uint8Array): string[] {
  return Module.exports(new Module(core)).map(({ name }) => name);
}

/** What a core module imports. */
export function importsOf(core: Uint8Array): { module: string; name: string }[] {
  return Module.imports(new Module(core));
}

export interface ImportCheck {
  readonly contract: Contract;
  readonly foreign: readonly ForeignFunction[];
  /** The filter's folder. */
  readonly where: string;
}

/** The interfaces of the contract that a core module imports, sorted. @throws IMPORT_UNKNOWN for any other import. */
export function importedInterfaces(core: Uint8Array, check: ImportCheck): string[] {
  return [...new Set(importsOf(core).map(({ module, name }) => interfaceOf(module, name, check)))].sort();
}

function interfaceOf(module: string, name: string, { contract, foreign, where }: ImportCheck): string {
  const [path, version] = module.split("@");
  const known = path?.startsWith("heddle:policy/") && version === contract.version;
  if (known) return (path ?? "").slice("heddle:policy/".length);
  const expected = `heddle:policy@${contract.version}`;
  throw unknownImport({ found: `${module} ${name}`, expected, name, foreign, where });
}

/**
 * Wraps a core module as a component for the part of the contract's world that it uses. The core module inside is byte for
 * byte the given one without its custom sections, so that offsets of its source map hold.
 */
export async function wrapComponent(
  core: Uint8Array,
  hooks: readonly Hook[],
  imports: readonly string[],
  contract: Contract,
): Promise<Uint8Array> {
  const lines = [...imports.map((name) => `  import ${name};`), ...hooks.map((name) => `  export ${name};`)];
  const witSource = contract.wit.replace(/^world filter \{[^}]*\}/m, `world filter {\n${lines.join("\n")}\n}`);
  try {
    const options = { binary: stripCustomSections(core), witSource, world: "filter", stringEncoding: "utf16" as const };
    return await componentNew(await componentEmbed(options));
  } catch (cause) {
    throw new HeddleError("BUILD_COMPILE", `the module cannot be made a component: ${messageOf(cause)}`, { cause });
  }
}

/** A module without its custom sections; they come last in what the compiler emits, so that no offset moves. */
export function stripCustomSections(module: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [module.subarray(0, 8)];
  for (let start = 8; start < module.length; ) {
    const [size, header] = readLeb(module, start + 1);
    const end = start + 1 + header + size;
    if (module[start] !== 0) kept.push(module.subarray(start, end));
    start = end;
  }
  return Buffer.concat(kept);
}

/** An unsigned LEB128 number and how many bytes it takes. */
function readLeb(bytes: Uint8Array, at: number): [value: number, length: number] {
  let value = 0;
  for (let length = 0; ; length++) {
    const byte = bytes[at + length] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * length);
    if (byte < 0x80) return [value, length + 1];
  }
}
