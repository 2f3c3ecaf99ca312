import { sha256 } from "../artifact/digest.ts";
import { parseManifest } from "../artifact/manifest.ts";
import { HeddleError } from "../errors.ts";
import { packageVersion } from "../package.ts";
import { buildComponent } from "./build-component.ts";
import type { BuildResult } from "./build-store.ts";
import type { BuildStyle } from "./compile.ts";
import { readContract } from "./component.ts";
import { readConfigSchema } from "./config-schema.ts";
import { findHooks } from "./hooks.ts";
import { readPluginJson } from "./plugin-json.ts";
import { buildModule } from "./proxy-wasm/build-module.ts";
import { withHostSettings } from "./proxy-wasm/host-settings.ts";
import type { Sources } from "./sources.ts";
import type { Target } from "./target.ts";

/**
 * AssemblyScript to a component, or to what else is asked for, with its manifest.
 *
 * @param where the folder as errors should name it
 * @param wanted in place of the target that plugin.json names
 */
export async function buildFromSources(
  folder: string,
  sources: Sources,
  where: string,
  wanted?: Target,
  style: BuildStyle = "release",
): Promise<BuildResult> {
  const { target: usual, ...plugin } = await readPluginJson(folder);
  const target = wanted ?? usual;
  const ownSchema = await readConfigSchema(folder);
  const contract = await readContract();
  if (sources.read("index.ts") === null) {
    throw new HeddleError("BUILD_NO_HOOKS", "expected the filter's source in index.ts, but there is none", { where });
  }
  const shape = findHooks(sources, where);
  const making = { plugin, shape, sources, where, style };
  const configSchema = target === "proxy-wasm" ? withHostSettings(ownSchema, shape.uses) : ownSchema;
  const made = target === "proxy-wasm" ? await buildModule(making) : await buildComponent(making, contract);
  const { binary, sourceMap, capabilities, hooks, counted } = made;
  const found = { contract: contract.version, sdk: packageVersion, hooks, capabilities, configSchema };
  const manifest = parseManifest({ ...plugin, ...found }, where);
  return { target, component: binary, manifest, digest: sha256(binary), sourceMap, ...(counted && { counted }) };
}
