import { fileURLToPath } from "node:url";
import { type BuiltPlugin, buildPlugin } from "../../../runtime/build/build-plugin.ts";
import { compilePlugin } from "../../../runtime/wasm/plugin.ts";
import { checkConfig } from "../../../runtime/workbench/check-config.ts";
import { backendsIn, hostSettings } from "../../../runtime/workbench/module-settings.ts";
import {
  type MountedFilter,
  type MountOptions,
  mountFilter as mount,
} from "../../../runtime/workbench/mount-filter.ts";

/** `mountFilter` for a filter that was built for proxy-wasm, on our own host of that ABI. */
export async function mountFilter(
  source: string | URL | BuiltPlugin,
  options: MountOptions = {},
): Promise<MountedFilter> {
  const folder = source instanceof URL ? fileURLToPath(source) : String(source);
  const built = await buildPlugin({ folder, target: "proxy-wasm" });
  const { config = {}, keySets = {} } = options;
  checkConfig(built.manifest, config);
  const settings = wantedSettings(built);
  const grants = options.grants ?? (await compilePlugin(built.component)).capabilities;
  const start = (sets: typeof keySets) =>
    mount(built, {
      proxyWasm: { allowOnHeadersStopIteration: true },
      ...options,
      grants,
      config: { ...(config as object), ...settings(hostSettings(sets, backendsIn(config))) },
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

/** Leaves of the settings what the schema of the configuration has. */
function wantedSettings({ manifest }: BuiltPlugin): (all: object) => object {
  const { heddle } = (manifest.configSchema?.properties ?? {}) as { heddle?: { properties: object } };
  const names = Object.keys(heddle?.properties ?? {});
  const wanted = (all: object) => Object.entries(all).filter(([name]) => names.includes(name));
  return (all) => (heddle === undefined ? {} : { heddle: Object.fromEntries(wanted(all)) });
}
