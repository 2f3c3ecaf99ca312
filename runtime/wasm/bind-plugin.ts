import { HeddleError } from "../errors.ts";
import { instantiateDirect } from "./abi/direct/instance.ts";
import type { Instantiate } from "./abi/guest-instance.ts";
import { loadJco } from "./abi/jco/load.ts";
import type { CompiledPlugin } from "./plugin.ts";

/** Makes a compiled plugin of our own contract ready to be instantiated in this thread. @throws COMPONENT_UNSUPPORTED */
export async function bindPlugin({ code, ...shape }: CompiledPlugin): Promise<Instantiate> {
  if (code.kind === "proxy-wasm") throw new HeddleError("COMPONENT_UNSUPPORTED", "expected a plugin of our contract");
  if (code.kind === "jco") return loadJco(code, shape);
  return (host, fuel) => instantiateDirect(code.module, shape, host, fuel);
}
