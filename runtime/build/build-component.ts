import { compileCore } from "./compile.ts";
import { type Contract, importedInterfaces, wrapComponent } from "./component.ts";
import { HIT_SOURCE } from "./count-runs.ts";
import { ENTRY, entrySource, exportedHooks } from "./entry.ts";
import type { Made, Making } from "./making.ts";
import { createRename } from "./rename.ts";

/** A filter as a component for the part of the contract that it uses. */
export async function buildComponent(
  { plugin, shape, sources, where, style }: Making,
  contract: Contract,
): Promise<Made> {
  const hooks = exportedHooks(shape);
  sources.provide(ENTRY, [entrySource(shape), ...(style === "counted" ? [HIT_SOURCE] : [])].join("\n"));
  const transform = createRename(hooks, contract.version);
  const core = await compileCore({ sources, memory: plugin.memory, transform, where, style });
  const capabilities = importedInterfaces(core.binary, { contract, foreign: shape.foreign, where });
  const binary = await wrapComponent(core.binary, hooks, capabilities, contract);
  return { binary, sourceMap: core.sourceMap, capabilities, hooks, counted: core.counted };
}
