import { mkdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { type BuildResult, type BuildStore, createBuildStore, noBuildStore } from "./build-store.ts";
import type { BuildStyle } from "./compile.ts";
import { createSources } from "./sources.ts";
import type { Target } from "./target.ts";

export interface BuildOptions {
  /** Folder with index.ts, plugin.json and optionally config.schema.json. */
  readonly folder: string;
  /**
   * Where to write `<name>.wasm`, `<name>.wasm.map` and `<name>.manifest.json`, for another target than a component
   * `<name>.<target>.wasm` and so on; nothing is written without it.
   */
  readonly outDir?: string;
  /** @default the target that plugin.json names, else a component */
  readonly target?: Target;
  /** Where builds are kept. @default the folder that HEDDLE_BUILD_CACHE names, as in this project's tests; else none */
  readonly store?: BuildStore;
  /** Only releases are kept in a store. @default "release" */
  readonly style?: BuildStyle;
}

export interface BuiltPlugin extends BuildResult {
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
 * @throws BUILD_PLUGIN_JSON, BUILD_NO_HOOKS, BUILD_COMPILE (errors and warnings, with file:line:column), BUILD_TARGET (what the
 *   target cannot do, with file:line:column), IMPORT_UNKNOWN, MANIFEST_INVALID
 */
export async function buildPlugin(options: BuildOptions): Promise<BuiltPlugin> {
  const { folder, outDir, target, style = "release", store = style === "release" ? kept() : noBuildStore } = options;
  const sources = createSources(resolve(folder));
  const build = async () => {
    const { buildFromSources } = await import("./build-from-sources.ts");
    return buildFromSources(folder, sources, displayPath(folder), target, style);
  };
  const result = await store.take(sources, build, target);
  return { ...result, paths: outDir === undefined ? undefined : await write(result, outDir) };
}

function kept(): BuildStore {
  const folder = process.env.HEDDLE_BUILD_CACHE;
  return folder ? createBuildStore(folder) : noBuildStore;
}

async function write(built: BuildResult, outDir: string): Promise<BuiltPaths> {
  const name = built.manifest.name.replaceAll("/", "-");
  const stem = join(outDir, built.target === "component" ? name : `${name}.${built.target}`);
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
