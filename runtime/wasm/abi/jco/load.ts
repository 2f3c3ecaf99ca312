import { HeddleError } from "../../../errors.ts";
import { engine, type WasmInstance, type WasmModule } from "../../engine.ts";
import type { GuestShape, Instantiate } from "../guest-instance.ts";
import type { Awake } from "./awake.ts";
import { fork } from "./gate.ts";
import { instantiateJco, type JcoExports } from "./instance.ts";
import type { Signatures, Tanks } from "./tanks.ts";

/** A component as jco takes it apart: the source of its glue, and its core modules by file name. */
export interface JcoCode {
  readonly glue: string;
  readonly modules: ReadonlyMap<string, WasmModule>;
  /** Of a component that calls: the types of what its modules import and export, by file name. */
  readonly signatures: ReadonlyMap<string, Signatures> | undefined;
  /** What the memories of its modules may come to together at its start. */
  readonly memoryPages: number;
}

const PAGE = 65_536;
/** How often a component may instantiate modules: what tools make does some ten times. */
const MOST_INSTANCES = 64;

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
 * @throws from what it gives: COMPONENT_INVALID, ADMISSION_REFUSED
 */
export async function loadJco(
  { glue, modules, signatures, memoryPages }: JcoCode,
  shape: GuestShape,
): Promise<Instantiate> {
  const loaded = await load(glue);
  const moduleOf = (name: string): WasmModule => {
    const module = modules.get(name);
    if (module === undefined) throw new HeddleError("COMPONENT_INVALID", `the glue asks for an unknown module ${name}`);
    return module;
  };
  const typesOf = new Map([...modules].map(([name, module]) => [module, signatures?.get(name)]));
  return (host, fuel) => {
    const start = (imports: object, tanks: Tanks, awake: Awake): JcoExports => {
      let instances = 0;
      return loaded.instantiate(moduleOf, imports, (module, core = {}) => {
        if (++instances > MOST_INSTANCES) throw tooLarge(`${MOST_INSTANCES} instances of its core modules`);
        const signatures = typesOf.get(module);
        const bare = bareImports(core, (fn, name) => sleepable(fn, signatures?.imports.get(name), tanks, awake));
        const exports = tanks.add(new engine.Instance(module, bare).exports, signatures);
        if (tanks.memorySize > memoryPages * PAGE) throw tooLarge(`${memoryPages} pages in all its memories`);
        return { exports };
      });
    };
    return instantiateJco(start, shape, host, fuel);
  };
}

function tooLarge(most: string): HeddleError {
  return new HeddleError("ADMISSION_REFUSED", `expected a component of at most ${most}, got one of more`);
}

/** jco's decoder takes a leading U+FEFF for a byte order mark and drops it; in the Canonical ABI it is a character. */
function load(source: string): Promise<Glue> {
  const kept = source.replaceAll("new TextDecoder('utf-16')", "new TextDecoder('utf-16', { ignoreBOM: true })");
  return import(`data:text/javascript;base64,${Buffer.from(kept).toString("base64")}`) as Promise<Glue>;
}

/** Core modules see import objects without prototypes, as in the direct binding. @param given the item, and `MODULE NAME` */
function bareImports(imports: object, given: (item: unknown, name: string) => unknown): object {
  const bare = Object.create(null) as Record<string, object>;
  for (const [module, items] of Object.entries(imports)) {
    const own = Object.create(null) as Record<string, unknown>;
    for (const [name, item] of Object.entries(items)) own[name] = given(item, `${module} ${name}`);
    bare[module] = own;
  }
  return bare;
}

/** A function in which a guest sleeps must not be called where it may not. */
function sleepable(item: unknown, type: string | undefined, tanks: Tanks, awake: Awake): unknown {
  if (type === undefined || !(item instanceof engine.Suspending)) return item;
  return fork(item, type, awake.maySleep, awake.instead(tanks));
}
