import { admitModule } from "./admit-module.ts";
import { readComponent } from "./binary/component.ts";
import { wasmKind } from "./binary/preamble.ts";
import { PLUGIN_LIMITS } from "./limits.ts";
import { printable } from "./shape.ts";

/** What admission finds in one core module, for people. */
export interface Anatomy {
  /** As it came, and as it runs: metered, without custom sections. */
  readonly bytes: number;
  readonly meteredBytes: number;
  readonly functions: number;
  /** Pages of 64 KiB that its memory has from the start. */
  readonly memoryPages: number;
  /** The function that costs the engine most. */
  readonly worst: { readonly index: number; readonly locals: number; readonly blocks: number };
  /** Everything that it can call: `module name`. */
  readonly imports: readonly string[];
}

/** The core modules of a file. @throws ARTIFACT_NOT_WASM, COMPONENT_INVALID, ADMISSION_REFUSED */
export function anatomyOf(bytes: Uint8Array): Anatomy[] {
  const modules = wasmKind(bytes) === "module" ? [bytes] : readComponent(bytes).modules;
  return modules.map((module) => {
    const { facts, bytes: metered } = admitModule(module, PLUGIN_LIMITS);
    return {
      bytes: module.length,
      meteredBytes: metered.length,
      functions: facts.functions.length,
      memoryPages: facts.memoryPages,
      worst: facts.worst,
      imports: facts.imports.map((one) => `${printable(one.module)} ${printable(one.name)}`),
    };
  });
}
