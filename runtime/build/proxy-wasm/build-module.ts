import { proxyWasmCapabilities, proxyWasmHooks } from "../../artifact/proxy-wasm-facts.ts";
import { compileCore } from "../compile.ts";
import { exportsOf, importsOf, stripCustomSections } from "../component.ts";
import { HIT_SOURCE } from "../count-runs.ts";
import { ENTRY } from "../entry.ts";
import type { Made, Making } from "../making.ts";
import { moduleEntry } from "./entry.ts";
import { checkImports } from "./imports.ts";
import { spareCopy } from "./spare-copy.ts";
import { refuseUnsupported } from "./unsupported.ts";

/** The SDK's door to the host, and what stands in its place for this target. */
const HOST = "node_modules/heddle/sdk/host.ts";
const REPLACEMENT = `export * from "./proxy-wasm/host";\n`;

/** A filter as a core module for hosts of proxy-wasm ABI 0.2.1. @throws BUILD_TARGET for what these cannot do */
export async function buildModule({ plugin, shape, sources, where, style }: Making): Promise<Made> {
  refuseUnsupported(shape.uses, where);
  sources.provide(HOST, REPLACEMENT);
  sources.provide(ENTRY, [moduleEntry(plugin, shape), ...(style === "counted" ? [HIT_SOURCE] : [])].join("\n"));
  // Globals are initialised by the host's call: within the start section nobody could answer theirs.
  const flags = ["--exportStart", "_initialize"];
  const { memory } = plugin;
  const { binary, sourceMap, counted } = await compileCore({
    sources,
    memory,
    flags,
    where,
    style,
    transform: spareCopy,
  });
  checkImports(binary, shape.foreign, where);
  const callbacks = exportsOf(binary);
  const capabilities = proxyWasmCapabilities(importsOf(binary), callbacks);
  return {
    ...{ binary: stripCustomSections(binary), sourceMap, counted },
    ...{ capabilities, hooks: proxyWasmHooks(callbacks) },
  };
}
