import { HeddleError } from "../../../errors.ts";
import { engine, type WasmInstance, type WasmModule } from "../../engine.ts";
import type { GuestShape, Instantiate } from "../guest-instance.ts";
import { instantiateJco, type JcoExports } from "./instance.ts";
import type { Tanks } from "./tanks.ts";

/** A component as jco takes it apart: the source of its glue, and its core modules by file name. */
export interface JcoCode {
  readonly glue: string;
  readonly modules: ReadonlyMap<string, WasmModule>;
}

/** What jco's generated module exports in its instantiation mode `sync`. */
interface Glue {
  instantiate(
    getCoreModule: (name: string) => WasmModule,
    imports: object,
    instantiateCore: (module: WasmModule, imports?: object) => WasmInstance,
  ): JcoExports;
}

/**
 * Loads the glue without touching the disk; the same glue is loaded once per thread.
 *
 * @throws from what it gives: COMPONENT_INVALID
 */
export async function loadJco({ glue, modules }: JcoCode, shape: GuestShape): Promise<Instantiate> {
  const loaded = await load(glue);
  const moduleOf = (name: string): WasmModule => {
    const module = modules.get(name);
    if (module === undefined) throw new HeddleError("COMPONENT_INVALID", `the glue asks for an unknown module ${name}`);
    return module;
  };
  return (host, fuel) => {
    const start = (imports: object, tanks: Tanks): JcoExports =>
      loaded.instantiate(moduleOf, imports, (module, core) => instantiateCore(module, core, tanks));
    return instantiateJco(start, shape, host, fuel);
  };
}

/** jco's decoder takes a leading U+FEFF for a byte order mark and drops it; in the Canonical ABI it is a character. */
function load(source: string): Promise<Glue> {
  const kept = source.replaceAll("new TextDecoder('utf-16')", "new TextDecoder('utf-16', { ignoreBOM: true })");
  return import(`data:text/javascript;base64,${Buffer.from(kept).toString("base64")}`) as Promise<Glue>;
}

/** Core modules see import objects without prototypes, as in the direct binding. */
function instantiateCore(module: WasmModule, imports: object | undefined, tanks: Tanks): WasmInstance {
  const bare = Object.create(null) as Record<string, object>;
  for (const [name, functions] of Object.entries(imports ?? {}))
    bare[name] = Object.assign(Object.create(null), functions);
  return { exports: tanks.add(new engine.Instance(module, bare).exports) };
}
