import { HeddleError, messageOf } from "../../../errors.ts";
import { engine, type WasmModule } from "../../engine.ts";
import { qualified } from "../../shape.ts";
import type { Hook } from "../../verdict.ts";
import type { JcoCode } from "./load.ts";
import type { Signatures } from "./tanks.ts";

/** A core module that may run, and the types of what it exports. */
export interface AdmittedCore {
  readonly bytes: Uint8Array;
  readonly signatures: Signatures;
}

/** Of a component that calls: version of its contract, and the hooks in which it may sleep. */
export interface Sleeper {
  readonly contract: string;
  readonly hooks: readonly Hook[];
}

/**
 * Types of what the modules of a component that calls may export: code is made for each of them when an instance starts, beside
 * requests.
 */
const MOST_TYPES = 128;

/**
 * Turns any component of the contract into JavaScript glue with jco. It costs some 50 times what the direct binding does
 * for each call, but knows every encoding and any number of modules.
 *
 * @param admitted the core modules that it may consist of: jco takes them out as they are, and what it makes of a component
 *   that it reads otherwise than we do never reaches the engine
 * @param sleeper undefined for one that cannot call
 * @throws COMPONENT_INVALID, COMPONENT_UNSUPPORTED, COMPILE_FAILED
 */
export async function transpileComponent(
  component: Uint8Array,
  admitted: readonly AdmittedCore[],
  sleeper: Sleeper | undefined,
): Promise<Omit<JcoCode, "memoryPages">> {
  if (sleeper !== undefined) assertFewTypes(admitted);
  const files = await transpile(component, sleeper);
  const names = Object.keys(files).filter((name) => name.endsWith(".wasm"));
  const admittedAs = (name: string) =>
    admitted.find(({ bytes }) => Buffer.compare(bytes, files[name] as Uint8Array) === 0);
  const strange = names.find((name) => admittedAs(name) === undefined);
  if (strange !== undefined) {
    throw new HeddleError("COMPONENT_INVALID", `jco finds a core module in the component, ${strange}, that we do not`);
  }
  const modules = await Promise.all(
    names.map(async (name) => [name, await compile(files[name] as Uint8Array)] as const),
  );
  return {
    glue: new TextDecoder().decode(files["guest.js"]),
    modules: new Map(modules),
    signatures: sleeper && new Map(names.map((name) => [name, (admittedAs(name) as AdmittedCore).signatures])),
  };
}

function assertFewTypes(admitted: readonly AdmittedCore[]): void {
  const { size } = new Set(admitted.flatMap(({ signatures }) => [...signatures.exports.values()]));
  if (size <= MOST_TYPES) return;
  throw new HeddleError(
    "COMPONENT_UNSUPPORTED",
    `a component that calls may export functions of at most ${MOST_TYPES} types from its modules, got ${size}`,
  );
}

type TranspilationOptions = Parameters<typeof import("@bytecodealliance/jco-transpile").transpileBytes>[1];

async function transpile(component: Uint8Array, sleeper: Sleeper | undefined): Promise<Record<string, Uint8Array>> {
  const { transpileBytes } = await import("@bytecodealliance/jco-transpile");
  try {
    const options = {
      name: "guest",
      instantiation: "sync",
      emitTypescriptDeclarations: false,
      base64Cutoff: 0,
      ...(sleeper && sleeping(sleeper)),
    } as const;
    return (await transpileBytes(component, options)).files;
  } catch (cause) {
    throw new HeddleError("COMPONENT_INVALID", `jco cannot read the component: ${messageOf(cause)}`, { cause });
  }
}

/** By JSPI the guest sleeps in `send`, and its hooks that decide answer by a promise. */
function sleeping({ contract, hooks }: Sleeper): Partial<TranspilationOptions> {
  const asyncExports = hooks.map((hook) => `${qualified(hook, contract)}#${hook}`);
  return { asyncMode: "jspi", asyncImports: [`${qualified("http-client", contract)}#send`], asyncExports };
}

async function compile(bytes: Uint8Array): Promise<WasmModule> {
  try {
    return await engine.compile(bytes);
  } catch (cause) {
    throw new HeddleError("COMPILE_FAILED", `the engine refused a module: ${messageOf(cause)}`, { cause });
  }
}
