import { HeddleError, messageOf } from "../../../errors.ts";
import { engine, type WasmModule } from "../../engine.ts";
import type { JcoCode } from "./load.ts";

/**
 * Turns any component of the contract into JavaScript glue with jco. It costs some 50 times what the direct binding does
 * for each call, but knows every encoding and any number of modules.
 *
 * @param admitted the core modules that it may consist of: jco takes them out as they are, and what it makes of a component
 *   that it reads otherwise than we do never reaches the engine
 * @throws COMPONENT_INVALID, COMPILE_FAILED
 */
export async function transpileComponent(component: Uint8Array, admitted: readonly Uint8Array[]): Promise<JcoCode> {
  const files = await transpile(component);
  const names = Object.keys(files).filter((name) => name.endsWith(".wasm"));
  const strange = names.find((name) => !admitted.some((one) => Buffer.compare(one, files[name] as Uint8Array) === 0));
  if (strange !== undefined) {
    throw new HeddleError("COMPONENT_INVALID", `jco finds a core module in the component, ${strange}, that we do not`);
  }
  const modules = await Promise.all(
    names.map(async (name) => [name, await compile(files[name] as Uint8Array)] as const),
  );
  return { glue: new TextDecoder().decode(files["guest.js"]), modules: new Map(modules) };
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

async function compile(bytes: Uint8Array): Promise<WasmModule> {
  try {
    return await engine.compile(bytes);
  } catch (cause) {
    throw new HeddleError("COMPILE_FAILED", `the engine refused a module: ${messageOf(cause)}`, { cause });
  }
}
