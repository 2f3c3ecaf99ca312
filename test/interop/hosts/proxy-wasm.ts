import { fileURLToPath } from "node:url";
import { type BuiltPlugin, buildPlugin } from "../../../runtime/build/build-plugin.ts";
import { compilePlugin } from "../../../runtime/wasm/plugin.ts";
import { checkConfig } from "../../../runtime/workbench/check-config.ts";
import {
  type MountedFilter,
  type MountOptions,
  mountFilter as mount,
} from "../../../runtime/workbench/mount-filter.ts";
import { backendsIn, hostSettings } from "./host-settings.ts";

/** `mountFilter` for a filter that was built for proxy-wasm, on our own host of that ABI. */
export async function mountFilter(
  source: string | URL | BuiltPlugin,
  options: MountOptions = {},
): Promise<MountedFilter> {
  const folder = source instanceof URL ? fileURLToPath(source) : String(source);
  const built = await buildPlugin({ folder, target: "proxy-wasm" });
  const { config = {}, keySets = {} } = options;
  checkConfig(built.manifest, config);
  // Keys come with the configuration, which the schema does not know of.
  const plugin = { ...built, manifest: { ...built.manifest, configSchema: null } };
  const grants = options.grants ?? (await compilePlugin(plugin.component)).capabilities;
  const start = (sets: typeof keySets) =>
    mount(plugin, {
      proxyWasm: { allowOnHeadersStopIteration: true },
      ...options,
      grants,
      config: { ...(config as object), heddle: hostSettings(sets, backendsIn(config)) },
    });
  let running = await start(keySets);
  const next = { ...running };
  return {
    ...running,
    request: (init) => running.request(init),
    setKeySets: (sets) => void start(sets).then((later) => (running = later)),
    close: () => next.close(),
  };
}
