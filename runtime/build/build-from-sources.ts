import { sha256 } from "../artifact/digest.ts";
import { parseManifest } from "../artifact/manifest.ts";
import { HeddleError } from "../errors.ts";
import { packageVersion } from "../package.ts";
import type { BuildResult } from "./build-store.ts";
import { compileCore } from "./compile.ts";
import { importedInterfaces, readContract, wrapComponent } from "./component.ts";
import { readConfigSchema } from "./config-schema.ts";
import { ENTRY, entrySource, exportedHooks } from "./entry.ts";
import { findHooks } from "./hooks.ts";
import { readPluginJson } from "./plugin-json.ts";
import type { Sources } from "./sources.ts";

/** AssemblyScript to a core module to a component with its manifest. `where` is the folder as errors should name it. */
export async function buildFromSources(folder: string, sources: Sources, where: string): Promise<BuildResult> {
  const plugin = await readPluginJson(folder);
  const configSchema = await readConfigSchema(folder);
  const contract = await readContract();
  if (sources.read("index.ts") === null) {
    throw new HeddleError("BUILD_NO_HOOKS", "expected the filter's source in index.ts, but there is none", { where });
  }
  const shape = findHooks(sources, where);
  const hooks = exportedHooks(shape);
  sources.provide(ENTRY, entrySource(shape));
  const core = await compileCore({ sources, hooks, memory: plugin.memory, contract: contract.version, where });
  const capabilities = importedInterfaces(core.binary, contract);
  const component = await wrapComponent(core.binary, hooks, capabilities, contract);
  const found = { contract: contract.version, sdk: packageVersion, hooks, capabilities, configSchema };
  const manifest = parseManifest({ ...plugin, ...found }, where);
  return { component, manifest, digest: sha256(component), sourceMap: core.sourceMap };
}
