import { compilePlugin } from "../../../runtime/wasm/plugin.ts";
import { buildCached } from "../../../runtime/workbench/build-cache.ts";
import { type MountedFilter, type MountOptions, mountCompiled } from "../../../runtime/workbench/mount-filter.ts";

/** `mountFilter` whose code burns no fuel: what the meter puts in must change nothing else. */
export async function mountFilter(folder: string, options: MountOptions = {}): Promise<MountedFilter> {
  const built = await buildCached(folder);
  return mountCompiled(built, await compilePlugin(built.component, { metered: false }), options);
}
