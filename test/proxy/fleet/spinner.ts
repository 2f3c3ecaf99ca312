import { type CompiledPlugin, compilePlugin } from "../../../runtime/wasm/plugin.ts";
import type { StartablePlugin } from "../../../runtime/wasm/plugin-host.ts";
import type { KeySetCopy, KeySetSource } from "../../../runtime/wasm/services/key-sets.ts";
import { component, hook, imported } from "../../wasm/guests.ts";

const HEADER = "(param i32 i32 i32 i32) (result i32)";
const MEMORY = `(memory (export "memory") 1) (data (i32.const 0) "x\\00-\\00s\\00p\\00i\\00n\\00") (data (i32.const 64) "1\\00")`;
const SPINS = "(call $header-equals (i32.const 0) (i32.const 6) (i32.const 64) (i32.const 1))";

const REALLOC = `(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))`;

/** Fuel would end these guests long before the watchdog looks. */
const UNMETERED = { metered: false };

/** A guest that never comes back from a request with `x-spin: 1`. */
export async function spinner(): Promise<CompiledPlugin> {
  const body = `(if ${SPINS} (then (loop $for-ever (br $for-ever)))) (i32.const 0)`;
  const wat = `${imported("request", "header-equals", HEADER)} ${MEMORY} ${hook("on-request", body)}`;
  return compilePlugin(await component({ imports: ["request"], wat }), UNMETERED);
}

/** A guest that traps at a request with `x-spin: 1`. */
export async function trapper(): Promise<CompiledPlugin> {
  const wat = `${imported("request", "header-equals", HEADER)} ${MEMORY}
    ${hook("on-request", `(if ${SPINS} (then unreachable)) (i32.const 0)`)}`;
  return compilePlugin(await component({ imports: ["request"], wat }));
}

/** A guest that takes its time for every request: ten million instructions. */
export async function burner(): Promise<CompiledPlugin> {
  const body = `(local $left i32) (local.set $left (i32.const 2000000))
    (loop $again (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1))))) (i32.const 0)`;
  return compilePlugin(await component({ wat: `${MEMORY} ${REALLOC} ${hook("on-request", body)}` }));
}

/** A guest that never comes back from being started. */
export async function spinningStarter(): Promise<CompiledPlugin> {
  const start = "(func $start (loop $for-ever (br $for-ever))) (start $start)";
  return compilePlugin(
    await component({ wat: `${start} ${MEMORY} ${REALLOC} ${hook("on-request", "(i32.const 0)")}` }),
    UNMETERED,
  );
}

/** A guest that answers no request. */
export async function idler(): Promise<CompiledPlugin> {
  return compilePlugin(await component({ wat: `${MEMORY} ${REALLOC} ${hook("on-request", "(i32.const 0)")}` }));
}

export function startable(plugin: CompiledPlugin, name: string, version = "1.0.0"): StartablePlugin {
  return { plugin, name, version, config: "{}", grants: plugin.capabilities };
}

/** Key sets of a document that names none. */
export function noKeySets(
  copies: () => KeySetCopy[] = () => [],
): KeySetSource & { fetched(): void; missing: string[] } {
  const listeners: (() => void)[] = [];
  const missing: string[] = [];
  return {
    missing,
    get: () => undefined,
    missed: (name) => void missing.push(name),
    copies,
    onFetched: (listener) => void listeners.push(listener),
    fetched: () => {
      for (const listener of listeners) listener();
    },
  };
}
