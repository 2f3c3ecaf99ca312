import { HeddleError } from "../../../errors.ts";
import { engine, type WasmModule } from "../../engine.ts";

const VALUE_TYPES: Readonly<Record<string, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
};
const FUNCTION = 0x60;
const [LOCAL_GET, CALL, IF, ELSE, END, EMPTY_BLOCK] = [0x20, 0x10, 0x04, 0x05, 0x0b, 0x40];
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const NOTHING: Type = [[], []];
const ANSWER: Type = [[], [0x7f]];
/** Numbers below it take one byte. */
const SHORT = 0x80;

/**
 * A core function around another one that calls `enter` before and `leave` after it. A guest can sleep in it: nothing but
 * WebAssembly is on the stack meanwhile. `leave` is not called after a trap.
 *
 * @param type `(i32,i32)->(i32)`
 * @throws COMPONENT_UNSUPPORTED for a type that is not written in this way, or has too many parameters
 */
export function gate(fn: unknown, type: string, enter: () => void, leave: () => void): unknown {
  return build(`gate ${type}`, [fn, enter, leave], () => {
    const [params, results] = parse(type);
    const own: Type = [params, results];
    return { types: [own, NOTHING, NOTHING, own], body: [CALL, 1, ...locals(params), CALL, 0, CALL, 2] };
  });
}

/**
 * A core function without results that is `fn`, in which the guest sleeps, where `maySleep` says 1, and otherwise `instead`.
 *
 * @throws as `gate`
 */
export function fork(fn: unknown, type: string, maySleep: () => number, instead: (...args: number[]) => void): unknown {
  return build(`fork ${type}`, [fn, instead, maySleep], () => {
    const [params] = parse(type);
    const own: Type = [params, []];
    const [first, second] = [0, 1].map((at) => [...locals(params), CALL, at]) as [number[], number[]];
    return { types: [own, own, ANSWER, own], body: [CALL, 2, IF, EMPTY_BLOCK, ...first, ELSE, ...second, END] };
  });
}

type Type = readonly [params: readonly number[], results: readonly number[]];

/** A module that exports one function: it imports the others. */
interface Bridge {
  /** Of what is imported, in order, and of what is exported at the end. */
  readonly types: readonly Type[];
  readonly body: readonly number[];
}

/** Few types of functions exist; their code is shared by all instances of a thread. When there are more, all are forgotten. */
const MOST_BRIDGES = 512;
const bridges = new Map<string, WasmModule>();

function build(key: string, functions: readonly unknown[], bridge: () => Bridge): unknown {
  const module = bridges.get(key) ?? keep(key, new engine.Module(assemble(bridge())));
  const imports = Object.assign(Object.create(null), functions);
  return new engine.Instance(module, { "": imports }).exports.run;
}

function keep(key: string, module: WasmModule): WasmModule {
  if (bridges.size >= MOST_BRIDGES) bridges.clear();
  bridges.set(key, module);
  return module;
}

function locals(params: readonly number[]): number[] {
  return params.flatMap((_, at) => [LOCAL_GET, at]);
}

function assemble({ types, body }: Bridge): Uint8Array {
  const own = types.length - 1;
  const code = [0, ...body, END];
  return Uint8Array.from([
    ...PREAMBLE,
    ...section(
      SECTION.type,
      types.map(([params, results]) => [FUNCTION, ...bytes(params), ...bytes(results)]),
    ),
    ...section(
      SECTION.import,
      types.slice(0, own).map((_, at) => [0, ...text(String(at)), 0, at]),
    ),
    ...section(SECTION.function, [[own]]),
    ...section(SECTION.export, [[...text("run"), 0, own]]),
    ...section(SECTION.code, [[...length(code.length), ...code]]),
  ]);
}

function parse(type: string): [params: number[], results: number[]] {
  const [, params, results] = /^\(([^)]*)\)->\(([^)]*)\)$/.exec(type) ?? [];
  return [valuesOf(params, type), valuesOf(results, type)];
}

function valuesOf(names: string | undefined, type: string): number[] {
  const values = names === "" ? [] : (names?.split(",") ?? [""]).map((name) => VALUE_TYPES[name] ?? 0);
  if (values.length < SHORT && !values.includes(0)) return values;
  throw new HeddleError(
    "COMPONENT_UNSUPPORTED",
    `a component that calls cannot be run with a function of type ${type}`,
  );
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const content = list(items);
  return [id, ...length(content.length), ...content];
}

function list(items: readonly (readonly number[])[]): number[] {
  return [items.length, ...items.flat()];
}

function bytes(values: readonly number[]): number[] {
  return [values.length, ...values];
}

function text(name: string): number[] {
  return bytes([...Buffer.from(name)]);
}

/** LEB128. */
function length(size: number): number[] {
  return size < SHORT ? [size] : [(size % SHORT) + SHORT, ...length(Math.floor(size / SHORT))];
}
