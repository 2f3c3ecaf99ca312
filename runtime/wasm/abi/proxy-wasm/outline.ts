import { proxyWasmCapabilities, proxyWasmHooks } from "../../../artifact/proxy-wasm-facts.ts";
import { HeddleError } from "../../../errors.ts";
import type { CoreOutline } from "../../admission/module-facts.ts";
import type { BodyUse, BodyUses } from "../../plugin.ts";
import { printable } from "../../shape.ts";
import type { Hook } from "../../verdict.ts";
import { abiVersionOf } from "./abi-version.ts";
import { checkImports, vendorCalls } from "./check-imports.ts";
import type { ProxyWasmCode } from "./code.ts";

export interface ProxyWasmOutline extends Omit<ProxyWasmCode, "module"> {
  readonly capabilities: readonly string[];
  readonly hooks: readonly Hook[];
  readonly bodies: BodyUses;
}

/** Functions that this host calls: they take and give i32. */
const CALLED = /^(?:proxy_(?!abi_)\w+|malloc|_initialize|_start|main|__main_void)$/;
const TYPE = /^\((?:i32(?:,(?=i)|(?=\))))*\)->\((?:i32)?\)$/;

/**
 * Reads what a module of the proxy-wasm ABI imports and exports.
 *
 * @throws COMPONENT_UNSUPPORTED, IMPORT_UNKNOWN
 */
export function readProxyWasm(core: CoreOutline): ProxyWasmOutline {
  const abi = abiVersionOf(core.exports);
  checkImports(core.imports);
  const called = core.exports.filter(({ name }) => CALLED.test(name));
  const odd = called.find(({ type }) => !TYPE.test(type));
  if (odd !== undefined) throw unsupported(`its export ${printable(odd.name)} is ${odd.type}`);
  if (core.exports.find(({ name }) => name === "memory")?.type !== "memory") throw unsupported("it exports no memory");
  const callbacks = called.map(({ name }) => name).filter((name) => name.startsWith("proxy_on_"));
  return {
    abi,
    callbacks,
    vendorCalls: vendorCalls(core.imports),
    capabilities: proxyWasmCapabilities(core.imports, callbacks),
    hooks: proxyWasmHooks(callbacks),
    bodies: bodyUses(core, callbacks),
  };
}

function bodyUses({ imports }: CoreOutline, callbacks: readonly string[]): BodyUses {
  const use: BodyUse = imports.some(({ name }) => name === "proxy_set_buffer_bytes") ? "edit" : "read";
  const of = (callback: string): BodyUse => (callbacks.includes(callback) ? use : "none");
  return { request: of("proxy_on_request_body"), response: of("proxy_on_response_body") };
}

function unsupported(why: string): HeddleError {
  return new HeddleError("COMPONENT_UNSUPPORTED", `the module cannot be run as a proxy-wasm filter: ${why}`);
}
