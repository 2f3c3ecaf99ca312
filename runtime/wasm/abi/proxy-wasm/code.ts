import type { WasmModule } from "../../engine.ts";
import type { AbiVersion } from "./abi-version.ts";

/** A module of the proxy-wasm ABI, compiled. Plain data beside the module. */
export interface ProxyWasmCode {
  readonly module: WasmModule;
  readonly abi: AbiVersion;
  /** Names of its exported callbacks. */
  readonly callbacks: readonly string[];
  /** Calls of other hosts that it imports. */
  readonly vendorCalls: readonly string[];
}
