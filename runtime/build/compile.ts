import asc from "assemblyscript/asc";
import type { MemoryMode } from "../artifact/manifest.ts";
import { HeddleError } from "../errors.ts";
import { createCounting } from "./count-runs.ts";
import { COUNTERS_END, type CoverageFile } from "./coverage-points.ts";
import { compileError, type Diagnostic, toDiagnostic } from "./diagnostics.ts";
import { ENTRY } from "./entry.ts";
import { forgetParses, KeptParses } from "./kept-parses.ts";
import type { Sources } from "./sources.ts";

/**
 * `release`: optimised, what is published. `draft`: not optimised, in a fifth of the time. `counted`: a draft that counts what
 * it runs.
 */
export type BuildStyle = "release" | "draft" | "counted";

export interface CompileOptions {
  readonly sources: Sources;
  readonly memory: MemoryMode;
  /** Works on the module before it is optimised, so that the source map stays true. */
  readonly transform?: ModuleTransform;
  /** Beside what every filter is compiled with. */
  readonly flags?: readonly string[];
  /** The filter's folder as errors should name it. */
  readonly where: string;
  readonly style: BuildStyle;
}

/** A core WebAssembly module and the map from its byte offsets to AssemblyScript lines. */
export interface CoreModule {
  readonly binary: Uint8Array;
  /** Source map, version 3, of `binary`. */
  readonly sourceMap: string;
  /** What a counted build counts. */
  readonly counted?: readonly CoverageFile[] | undefined;
}

const SDK = "~lib/heddle/sdk";
const OUTPUT = "plugin.wasm";
const MAP = `${OUTPUT}.map`;

let previous: Promise<unknown> = Promise.resolve();

/**
 * Compiles the generated entry to a core module. One compilation at a time: the compiler and its Binaryen
 * keep their options in global state.
 *
 * @throws BUILD_COMPILE when the compiler reports an error or a warning.
 */
export function compileCore(options: CompileOptions): Promise<CoreModule> {
  const next = previous.then(() => run(options));
  previous = next.catch(() => undefined);
  return next;
}

async function run({ sources, memory, transform, flags = [], where, style }: CompileOptions): Promise<CoreModule> {
  const output = new Map<string, Uint8Array | string>();
  const found: Diagnostic[] = [];
  const textOf = (file: string) => sources.read(file) ?? sources.read(file.replace("~lib/", "node_modules/")) ?? "";
  const counting = style === "counted" ? createCounting() : undefined;
  const transforms = [
    ...(style === "release" ? [] : [KeptParses]),
    asTransform(transform),
    ...(counting === undefined ? [] : [counting.transform]),
  ];
  const result = await asc.main([...compilerArguments(memory, style), ...flags], {
    readFile: (name) => sources.read(name),
    writeFile: (name, contents) => void output.set(name, contents),
    listFiles: () => [],
    stdout: asc.createMemoryStream(),
    stderr: asc.createMemoryStream(),
    reportDiagnostic: (raw) => void push(found, toDiagnostic(raw, textOf)),
    transforms: transforms as never[],
  });
  if (result.error !== null) forgetParses();
  if (found.length > 0) throw compileError(found, where);
  if (result.error !== null) {
    throw new HeddleError("BUILD_COMPILE", result.error.message, { where, cause: result.error });
  }
  const binary = output.get(OUTPUT) as Uint8Array;
  const map = String(output.get(MAP));
  return { binary, sourceMap: style === "release" ? map : withoutTexts(map), counted: counting?.files };
}

/** Whoever makes a draft has its sources. */
function withoutTexts(map: string): string {
  return JSON.stringify({ ...(JSON.parse(map) as object), sourcesContent: undefined });
}

function push(found: Diagnostic[], diagnostic: Diagnostic | undefined): void {
  if (diagnostic !== undefined) found.push(diagnostic);
}

function compilerArguments(memory: MemoryMode, style: BuildStyle): string[] {
  return [
    ...[ENTRY, "--outFile", OUTPUT, "--sourceMap"],
    ...(style === "release" ? ["-O3", "--shrinkLevel", "1"] : ["-O0", "--noValidate"]),
    ...(style === "counted" ? ["--memoryBase", `${COUNTERS_END}`] : []),
    ...["--runtime", memory === "arena" ? "stub" : "minimal"],
    ...["--use", `abort=${SDK}/guest/fault/fault`, "--use", `console=${SDK}/console/console`],
  ];
}

/** The parts of the compiler's Binaryen module that are used here. */
export interface BinaryenModule {
  removeExport(name: string): void;
  addFunctionExport(internal: string, external: string): void;
  getFunction(name: string): number;
  getGlobal(name: string): number;
  removeFunction(name: string): void;
  addFunction(name: string, params: number, results: number, locals: number[], body: number): number;
  readonly global: { get(name: string, type: number): number };
  nop(): number;
  emitBinary(): Uint8Array;
}

export type ModuleTransform = (module: BinaryenModule) => void;

const BINARYEN_NONE = 0;
const BINARYEN_I32 = 2;
const MANAGED_BYTES = `${SDK}/guest/memory/managedBytes`;
const COLLECTOR_TOTAL = "~lib/rt/tcms/total";

function asTransform(transform?: ModuleTransform): object {
  return {
    afterCompile(module: BinaryenModule): void {
      transform?.(module);
      showCollector(module);
    },
  };
}

/** Lets the SDK read the collector's counter, which is private to it. */
function showCollector(module: BinaryenModule): void {
  if (module.getGlobal(COLLECTOR_TOTAL) === 0 || module.getFunction(MANAGED_BYTES) === 0) return;
  module.removeFunction(MANAGED_BYTES);
  const body = module.global.get(COLLECTOR_TOTAL, BINARYEN_I32);
  module.addFunction(MANAGED_BYTES, BINARYEN_NONE, BINARYEN_I32, [], body);
}
