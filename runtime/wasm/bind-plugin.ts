import { instantiateDirect } from "./abi/direct/instance.ts";
import type { Instantiate } from "./abi/guest-instance.ts";
import { loadJco } from "./abi/jco/load.ts";
import type { CompiledPlugin } from "./plugin.ts";

/** Makes a compiled plugin ready to be instantiated in this thread. */
export async function bindPlugin({ code, ...shape }: CompiledPlugin): Promise<Instantiate> {
  if (code.kind === "jco") return loadJco(code, shape);
  return (host) => instantiateDirect(code.module, shape, host);
}
