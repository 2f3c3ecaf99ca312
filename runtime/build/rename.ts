import type { Hook } from "../artifact/manifest.ts";
import type { BinaryenModule, ModuleTransform } from "./compile.ts";
import { ENTRY, entryFunction } from "./entry.ts";

/** Gives the hooks their canonical names, which AssemblyScript cannot spell. */
export function createRename(hooks: readonly Hook[], contract: string): ModuleTransform {
  return (module: BinaryenModule) => {
    for (const hook of hooks) {
      module.removeExport(entryFunction(hook));
      const internal = `${ENTRY.replace(/\.ts$/, "")}/${entryFunction(hook)}`;
      module.addFunctionExport(internal, `heddle:policy/${hook}@${contract}#${hook}`);
    }
  };
}
