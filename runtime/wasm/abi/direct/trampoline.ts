import { engine, type WasmInstance, type WasmModule } from "../../engine.ts";
import type { CoreFunction } from "./core.ts";

const [I32, FUNCTION, EMPTY_BLOCK, END] = [0x7f, 0x60, 0x40, 0x0b];
const [LOCAL_GET, CALL, IF, CONST] = [0x20, 0x10, 0x04, 0x41];
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** Number of `i32` parameters, and whether there is an `i32` result. */
type Type = readonly [params: number, result: boolean];

interface Trampoline {
  /** Of the imported functions, in order, and of the exported one at the end. */
  readonly types: readonly Type[];
  readonly body: readonly number[];
}

/**
 * Instantiates a module that imports these functions and exports one that calls them. A guest sleeps only as long as nothing
 * but WebAssembly is on its stack, so what has to happen around its functions without delay is WebAssembly too.
 */
function jump(trampoline: Trampoline, functions: readonly unknown[]): CoreFunction {
  const module = moduleOf(trampoline);
  const imports = Object.fromEntries(functions.map((fn, index) => [String(index), fn]));
  const { exports }: WasmInstance = new engine.Instance(module, { "": imports });
  return exports.run as CoreFunction;
}

/** Runs a guest's hook and tells its answer at once, on the guest's own stack. A hook without a result answers 0. */
export function hookTrampoline(hook: unknown, type: Type, answered: (answer: number) => void): CoreFunction {
  const [params, hasResult] = type;
  const answer = hasResult ? [] : [CONST, 0];
  const types: Type[] = [type, [1, false], [params, false]];
  return jump({ types, body: [...locals(params), CALL, 0, ...answer, CALL, 1] }, [hook, answered]);
}

export interface Sleep {
  /** Given all parameters: 1 when the guest has to sleep. */
  begin(...params: number[]): number;
  /** Keeps the guest asleep; a suspending function. */
  pause: object;
  /** Given the last parameter, right before the guest goes on. */
  end(last: number): void;
}

/** A function for a guest to import, in which it may sleep. */
export function sleepTrampoline(params: number, { begin, pause, end }: Sleep): CoreFunction {
  const types: Type[] = [
    [params, true],
    [0, false],
    [1, false],
    [params, false],
  ];
  const asleep = [CALL, 1, LOCAL_GET, params - 1, CALL, 2];
  return jump({ types, body: [...locals(params), CALL, 0, IF, EMPTY_BLOCK, ...asleep, END] }, [begin, pause, end]);
}

function locals(count: number): number[] {
  return Array.from({ length: count }, (_, index) => [LOCAL_GET, index]).flat();
}

/** Few trampolines exist; their code is shared by all instances of a thread. */
const modules = new Map<string, WasmModule>();

function moduleOf(trampoline: Trampoline): WasmModule {
  const key = JSON.stringify(trampoline);
  const module = modules.get(key) ?? new engine.Module(assemble(trampoline));
  modules.set(key, module);
  return module;
}

/** Every number in these modules is below 128 and takes one byte. */
function assemble({ types, body }: Trampoline): Uint8Array {
  const own = types.length - 1;
  const imports = types.slice(0, own).map((_, index) => [0, 1, 48 + index, 0, index]);
  const name = [...Buffer.from("run")];
  return Uint8Array.from([
    ...PREAMBLE,
    ...section(SECTION.type, types.map(typeBytes)),
    ...section(SECTION.import, imports),
    ...section(SECTION.function, [[own]]),
    ...section(SECTION.export, [[name.length, ...name, 0, own]]),
    ...section(SECTION.code, [[body.length + 2, 0, ...body, END]]),
  ]);
}

function typeBytes([params, hasResult]: Type): number[] {
  return [FUNCTION, params, ...Array.from({ length: params }, () => I32), ...(hasResult ? [1, I32] : [0])];
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const content = [items.length, ...items.flat()];
  return [id, content.length, ...content];
}
