import { isProxyWasm } from "./abi/proxy-wasm/abi-version.ts";
import { readProxyWasm } from "./abi/proxy-wasm/outline.ts";
import { judgeModule } from "./admission/judge-module.ts";
import { wasmKind } from "./binary/preamble.ts";
import type { Hook } from "./verdict.ts";

/** What a proxy-wasm module says about itself without being run. */
export interface ProxyWasmDescription {
  readonly abi: string;
  readonly hooks: readonly Hook[];
  readonly capabilities: readonly string[];
}

const MARK = "proxy_abi_";

/** As much memory and tables as there can be: a Plugin document says later what it may have. */
const UNLIMITED = { memoryPages: 65_536, tableElements: 10_000_000 };

/**
 * Undefined for a component, and for a module of another contract.
 *
 * @throws ARTIFACT_NOT_WASM, ARTIFACT_TRUNCATED, COMPONENT_INVALID, COMPONENT_UNSUPPORTED, IMPORT_UNKNOWN, ADMISSION_REFUSED
 */
export function describeProxyWasm(bytes: Uint8Array): ProxyWasmDescription | undefined {
  // Most modules are not looked at any further.
  if (wasmKind(bytes) !== "module" || !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(MARK))
    return undefined;
  const facts = judgeModule(bytes, UNLIMITED);
  return isProxyWasm(facts.exports) ? readProxyWasm(facts) : undefined;
}
