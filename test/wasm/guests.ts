import { join } from "node:path";
import binaryen from "binaryen";
import { type BuiltPlugin, buildPlugin } from "../../runtime/build/build-plugin.ts";
import { readContract, wrapComponent } from "../../runtime/build/component.ts";
import type { Hook } from "../../runtime/wasm/verdict.ts";

const built = new Map<string, Promise<BuiltPlugin>>();

/** A guest of `test/guests`, built from source once per process. */
export function guest(name: string): Promise<BuiltPlugin> {
  const known = built.get(name) ?? buildPlugin({ folder: join(import.meta.dirname, "..", "guests", name) });
  built.set(name, known);
  return known;
}

export interface TextGuest {
  /** Fields of a module in WebAssembly text format. */
  readonly wat: string;
  readonly hooks?: readonly Hook[];
  readonly imports?: readonly string[];
}

const { ExceptionHandling, MutableGlobals, BulkMemory, Multivalue, ReferenceTypes } = binaryen.Features;
const FEATURES = ExceptionHandling | MutableGlobals | BulkMemory | Multivalue | ReferenceTypes;

/** A core module from text. */
export function coreModule(wat: string): Uint8Array {
  const module = binaryen.parseText(`(module ${wat})`);
  try {
    module.setFeatures(FEATURES);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** A component around a module written as text. */
export async function component({ wat, hooks = ["on-request"], imports = [] }: TextGuest): Promise<Uint8Array> {
  return wrapComponent(coreModule(wat), hooks, imports, await readContract());
}

/** `(import ...)` of a function of the contract. */
export function imported(capability: string, fn: string, signature: string): string {
  return `(import "heddle:policy/${capability}@0.2.0" "${fn}" (func $${fn} ${signature}))`;
}

/** `(func (export ...))` of a hook that takes an exchange, or a piece of its body, and gives a verdict. */
export function hook(name: Hook, body: string): string {
  const result = name === "on-log" ? "" : "(result i32)";
  const piece = name.endsWith("-body") ? "(param $size i32) (param $end i32)" : "";
  return `(func (export "heddle:policy/${name}@0.2.0#${name}") (param $exchange i32) ${piece} ${result} ${body})`;
}

/** An allocator that never gives memory back; grows when it must. */
export const BUMP = `
  (global $top (mut i32) (i32.const 1024))
  (func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.set $top (i32.add (local.get $at) (local.get 3)))
    (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.add (i32.div_u (local.get 3) (i32.const 65536)) (i32.const 1))))))
    (local.get $at))`;
