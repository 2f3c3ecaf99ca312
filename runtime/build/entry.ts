import type { Hook } from "../artifact/manifest.ts";
import { type FilterShape, HOOK_FUNCTIONS } from "./hooks.ts";

/** The name of the generated file that the compiler starts from. */
export const ENTRY = "heddle-entry.ts";

/** The hooks that the component exports: the filter's own, and configure when the filter reads its configuration. */
export function exportedHooks(shape: FilterShape): Hook[] {
  const needsConfigure = shape.usesConfig && !shape.hooks.includes("configure");
  return needsConfigure ? ["configure", ...shape.hooks] : [...shape.hooks];
}

/**
 * The AssemblyScript that wraps a filter's hooks for the canonical ABI. Each hook ends by giving back the memory of
 * this call (`leave`). An exported function is named like its hook with underscores; `compile.ts` renames it.
 */
export function entrySource(shape: FilterShape): string {
  const hooks = exportedHooks(shape);
  return [
    `import "heddle/sdk/guest/fault";`,
    `import "heddle/sdk/console";`,
    `import { enter, leave } from "heddle/sdk/guest/hook";`,
    hooks.includes("configure") ? `import { accept, refuse } from "heddle/sdk/guest/configure";` : "",
    shape.usesConfig ? `import { loadConfig } from "heddle/sdk/config";` : "",
    ...shape.hooks.map((hook) => `import { ${HOOK_FUNCTIONS[hook]} } from "./index";`),
    `export { cabi_realloc } from "heddle/sdk/guest/memory";`,
    ...hooks.map((hook) => wrapper(hook, shape)),
  ]
    .filter((line) => line !== "")
    .join("\n");
}

/** The function in the entry that implements a hook. */
export function entryFunction(hook: Hook): string {
  return hook === "configure" ? "configure_hook" : hook.replaceAll("-", "_");
}

function wrapper(hook: Hook, shape: FilterShape): string {
  if (hook === "configure") return configureWrapper(shape);
  const call = `${HOOK_FUNCTIONS[hook]}()`;
  const piece = hook.endsWith("-body") ? ", size: u32, end: bool" : "";
  const head = `export function ${entryFunction(hook)}(exchange: u32${piece})`;
  if (hook === "on-tick") return `export function on_tick(): void { enter(0); ${call}; leave(); }`;
  if (hook === "on-log") return `${head}: void { enter(exchange); ${call}; leave(); }`;
  if (shape.returnNothing.has(hook)) return `${head}: u32 { enter(exchange); ${call}; leave(); return 0; }`;
  return `${head}: u32 { enter(exchange); const verdict = <u32>${call}; leave(); return verdict; }`;
}

function configureWrapper(shape: FilterShape): string {
  const steps = [
    shape.usesConfig
      ? `const broken = loadConfig(accept(text, length)); if (broken !== null) return refuse(broken);`
      : "",
    shape.hooks.includes("configure") ? "return refuse(configure());" : "return refuse(null);",
  ];
  return `export function configure_hook(text: usize, length: i32): usize { ${steps.join(" ")} }`;
}
