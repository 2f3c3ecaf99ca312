import { SENSITIVE_HEADERS } from "../../sensitive-headers.ts";
import { type FilterShape, HOOK_FUNCTIONS } from "../hooks.ts";
import type { PluginJson } from "../plugin-json.ts";
import { hostSettingsOf } from "./host-settings.ts";
import { messageCallbacks } from "./message-callbacks.ts";

const LIFECYCLE = [
  ...["proxy_abi_version_0_2_1", "malloc", "proxy_on_context_create"],
  ...["proxy_on_vm_start", "proxy_on_done", "proxy_on_delete"],
];

const IMPORTS = `import "heddle/sdk/guest/fault";
import "heddle/sdk/console";
import { loadConfig } from "heddle/sdk/config";
import { keptBytes, turnToBody } from "heddle/sdk/proxy-wasm/body";
import { hideFields, rememberRequest, removeHostField } from "heddle/sdk/proxy-wasm/fields";
import { holdHead, isHeadHeld } from "heddle/sdk/proxy-wasm/held";
import { begin, beginBody, decideBody, decideHead, end, isHeld, isOwnAnswer } from "heddle/sdk/proxy-wasm/hook";
import { configurationOf, loadHostSettings, settle, take, Taking } from "heddle/sdk/proxy-wasm/lifecycle";
import { Hook } from "heddle/sdk/proxy-wasm/moment";
import { callPlugin } from "heddle/sdk/proxy-wasm/plugin-name";
import { removeForged } from "heddle/sdk/proxy-wasm/routing";
import { BodyAction, Buffer, FieldMap, HeadAction } from "heddle/sdk/proxy-wasm/wire";
export { ${LIFECYCLE.join(", ")} } from "heddle/sdk/proxy-wasm/lifecycle";`;

type Named = Pick<PluginJson, "name" | "sensitiveHeaders">;

/** The AssemblyScript that wraps a filter's hooks as callbacks of proxy-wasm 0.2.1. */
export function moduleEntry({ name, sensitiveHeaders = [] }: Named, shape: FilterShape): string {
  const hidden = SENSITIVE_HEADERS.filter((one) => !sensitiveHeaders.includes(one));
  return [
    IMPORTS,
    ...shape.hooks.map((hook) => `import { ${HOOK_FUNCTIONS[hook]} } from "./index";`),
    `callPlugin(${JSON.stringify(name)});`,
    `hideFields(${JSON.stringify(hidden)});`,
    ...configure(shape),
    ...messageCallbacks("request", shape),
    ...messageCallbacks("response", shape),
    ...outside(shape),
  ].join("\n");
}

function configure(shape: FilterShape): string[] {
  const { keySets, backends } = hostSettingsOf(shape.uses);
  const own = shape.hooks.includes("configure");
  if (!keySets && !backends && !own && !shape.usesConfig) return [];
  return [
    `export function proxy_on_configure(root: u32, size: u32): i32 {`,
    `  const text = configurationOf(size);`,
    `  const taking = take(root, text);`,
    `  if (taking !== Taking.New) return i32(taking === Taking.Known);`,
    `  let problem = loadConfig(text);`,
    `  if (problem === null) problem = loadHostSettings(${keySets}, ${backends});`,
    ...(own ? [`  if (problem === null) problem = configure();`] : []),
    `  return settle(root, problem);`,
    `}`,
  ];
}

/** Hooks that decide about no message. */
function outside({ hooks }: FilterShape): string[] {
  const log = `export function proxy_on_log(id: u32): void { begin(Hook.Log, id, false); onLog(); end(); }`;
  const tick = `export function proxy_on_tick(root: u32): void { begin(Hook.Tick, 0, false); onTick(); end(); }`;
  return [...(hooks.includes("on-log") ? [log] : []), ...(hooks.includes("on-tick") ? [tick] : [])];
}
