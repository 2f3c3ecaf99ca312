import { HeddleError, messageOf } from "../../../errors.ts";
import { engine, type WasmInstance, type WasmModule } from "../../engine.ts";
import type { Instantiate } from "../guest-instance.ts";
import { instantiateJco, type JcoExports } from "./instance.ts";

/** What jco's generated module exports in its instantiation mode `sync`. */
interface Glue {
  instantiate(
    getCoreModule: (name: string) => WasmModule,
    imports: object,
    instantiateCore: (module: WasmModule, imports?: object) => WasmInstance,
  ): JcoExports;
}

/**
 * Turns any component of the contract into JavaScript glue with jco and loads it without touching the disk. It costs some
 * 50 times what the direct binding does for each call, but knows every encoding and any number of modules.
 *
 * @throws COMPONENT_INVALID, COMPILE_FAILED
 */
export async function transpileComponent(component: Uint8Array, capabilities: readonly string[]): Promise<Instantiate> {
  const files = await transpile(component);
  const glue = await load(new TextDecoder().decode(files["guest.js"]));
  const names = Object.keys(files).filter((name) => name.endsWith(".wasm"));
  const modules = new Map(
    await Promise.all(names.map(async (name) => [name, await compile(files[name] as Uint8Array)] as const)),
  );
  const moduleOf = (name: string): WasmModule => {
    const module = modules.get(name);
    if (module === undefined) throw new HeddleError("COMPONENT_INVALID", `the glue asks for an unknown module ${name}`);
    return module;
  };
  return (host) =>
    instantiateJco((imports) => glue.instantiate(moduleOf, imports, instantiateCore), capabilities, host);
}

async function transpile(component: Uint8Array): Promise<Record<string, Uint8Array>> {
  const { transpileBytes } = await import("@bytecodealliance/jco-transpile");
  try {
    const options = {
      name: "guest",
      instantiation: "sync",
      emitTypescriptDeclarations: false,
      base64Cutoff: 0,
    } as const;
    return (await transpileBytes(component, options)).files;
  } catch (cause) {
    throw new HeddleError("COMPONENT_INVALID", `jco cannot read the component: ${messageOf(cause)}`, { cause });
  }
}

/** jco's decoder takes a leading U+FEFF for a byte order mark and drops it; in the Canonical ABI it is a character. */
function load(source: string): Promise<Glue> {
  const kept = source.replaceAll("new TextDecoder('utf-16')", "new TextDecoder('utf-16', { ignoreBOM: true })");
  return import(`data:text/javascript;base64,${Buffer.from(kept).toString("base64")}`) as Promise<Glue>;
}

async function compile(bytes: Uint8Array): Promise<WasmModule> {
  try {
    return await engine.compile(bytes);
  } catch (cause) {
    throw new HeddleError("COMPILE_FAILED", `the engine refused a module: ${messageOf(cause)}`, { cause });
  }
}

/** Core modules see import objects without prototypes, as in the direct binding. */
function instantiateCore(module: WasmModule, imports: object = {}): WasmInstance {
  const bare = Object.create(null) as Record<string, object>;
  for (const [name, functions] of Object.entries(imports)) bare[name] = Object.assign(Object.create(null), functions);
  return new engine.Instance(module, bare);
}
