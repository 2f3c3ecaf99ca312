import { basename } from "node:path";
import type { Manifest } from "../artifact/manifest.ts";
import { SENSITIVE_HEADERS } from "../sensitive-headers.ts";
import { describeProxyWasm } from "../wasm/describe-proxy-wasm.ts";

/**
 * The manifest of a proxy-wasm module that comes without one: what can be read from the module, under the name of its
 * file or repository. It cannot say which sensitive headers it reads, so it asks for all of them. Undefined for any other file.
 *
 * @throws COMPONENT_INVALID, COMPONENT_UNSUPPORTED, IMPORT_UNKNOWN, ADMISSION_REFUSED
 */
export function proxyWasmManifest(bytes: Uint8Array, path: string, version = "0.0.0"): Manifest | undefined {
  const found = describeProxyWasm(bytes);
  if (found === undefined) return undefined;
  const { abi, hooks, capabilities } = found;
  return {
    name: nameOf(path),
    version,
    description: `a filter of the proxy-wasm ABI ${abi}`,
    license: "",
    author: "",
    contract: abi,
    sdk: abi,
    hooks,
    capabilities,
    sensitiveHeaders: SENSITIVE_HEADERS,
    configSchema: null,
    limits: { memoryPages: 256, hookMillis: 100 },
    memory: "gc",
  };
}

/** A file may be called anything. */
function nameOf(path: string): string {
  const stem = basename(path)
    .replace(/\.wasm$/i, "")
    .toLowerCase();
  return (
    stem
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "")
      .slice(0, 128) || "filter"
  );
}
