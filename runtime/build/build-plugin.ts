import { mkdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { sha256 } from "../artifact/digest.ts";
import { type Manifest, parseManifest } from "../artifact/manifest.ts";
import { HeddleError } from "../errors.ts";
import { packageVersion } from "../package.ts";
import { compileCore } from "./compile.ts";
import { importedInterfaces, readContract, wrapComponent } from "./component.ts";
import { readConfigSchema } from "./config-schema.ts";
import { ENTRY, entrySource, exportedHooks } from "./entry.ts";
import { findHooks } from "./hooks.ts";
import { readPluginJson } from "./plugin-json.ts";
import { createSources } from "./sources.ts";

export interface BuildOptions {
  /** Folder with index.ts, plugin.json and optionally config.schema.json. */
  readonly folder: string;
  /** Where to write `<name>.wasm`, `<name>.wasm.map` and `<name>.manifest.json`; nothing is written without it. */
  readonly outDir?: string;
}

export interface BuiltPlugin {
  /** The WebAssembly component. The same source gives the same bytes on every machine and in every folder. */
  readonly component: Uint8Array;
  readonly manifest: Manifest;
  /** Of `component`. */
  readonly digest: string;
  /** Source map of the component's core module: byte offsets to lines of the AssemblyScript source. */
  readonly sourceMap: string;
  /** What was written, if anything. */
  readonly paths: BuiltPaths | undefined;
}

export interface BuiltPaths {
  readonly component: string;
  readonly sourceMap: string;
  readonly manifest: string;
}

/**
 * Builds the filter in a folder: AssemblyScript to a core module to a component with its manifest.
 *
 * @throws BUILD_PLUGIN_JSON, BUILD_NO_HOOKS, BUILD_COMPILE (errors and warnings, with file:line:column), IMPORT_UNKNOWN,
 *   MANIFEST_INVALID
 */
export async function buildPlugin({ folder, outDir }: BuildOptions): Promise<BuiltPlugin> {
  const where = displayPath(folder);
  const plugin = await readPluginJson(folder);
  const configSchema = await readConfigSchema(folder);
  const contract = await readContract();
  const sources = createSources(resolve(folder));
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
  const result = { component, manifest, digest: sha256(component), sourceMap: core.sourceMap };
  return { ...result, paths: outDir === undefined ? undefined : await write(result, outDir) };
}

async function write(built: Omit<BuiltPlugin, "paths">, outDir: string): Promise<BuiltPaths> {
  const stem = join(outDir, built.manifest.name.replaceAll("/", "-"));
  const paths = { component: `${stem}.wasm`, sourceMap: `${stem}.wasm.map`, manifest: `${stem}.manifest.json` };
  await mkdir(outDir, { recursive: true });
  await writeFile(paths.component, built.component);
  await writeFile(paths.sourceMap, built.sourceMap);
  await writeFile(paths.manifest, `${JSON.stringify(built.manifest, null, 2)}\n`);
  return paths;
}

/** As a person in this working directory would write it. */
function displayPath(folder: string): string {
  const path = relative(process.cwd(), resolve(folder)).replaceAll("\\", "/");
  if (path.startsWith("..")) return resolve(folder);
  return path === "" ? "." : path;
}
