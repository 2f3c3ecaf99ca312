import { HeddleError } from "../../../errors.ts";

/** Versions of the ABI, oldest first: a module says which one it was built for by the name of a function that is never called. */
export type AbiVersion = "0.1.0" | "0.2.0" | "0.2.1";

const MARKER = /^proxy_abi_(?:([a-z]+)_)?version_(\d+_\d+_\d+)$/;

/** Markers that are served as another version: Higress' fork is 0.2.1 with calls of its own, which are answered by name. */
const SERVED: Readonly<Record<string, AbiVersion>> = Object.freeze({
  __proto__: null,
  "0_1_0": "0.1.0",
  "0_2_0": "0.2.0",
  "0_2_1": "0.2.1",
  "0_2_100": "0.2.1",
} as unknown as Record<string, AbiVersion>);

/** Whether a module with these exports says that it is a proxy-wasm filter, of whatever version. */
export function isProxyWasm(exports: readonly { readonly name: string }[]): boolean {
  return exports.some(({ name }) => MARKER.test(name));
}

/** The newest version that the exports name. @throws COMPONENT_UNSUPPORTED for versions and forks that this host does not know */
export function abiVersionOf(exports: readonly { readonly name: string }[]): AbiVersion {
  const markers = exports.map(({ name }) => MARKER.exec(name)).filter((found) => found !== null);
  const known = markers
    .filter(([, vendor]) => vendor === undefined)
    .map(([, , version]) => SERVED[version as string])
    .filter((version) => version !== undefined)
    .sort();
  const newest = known.at(-1);
  if (newest !== undefined) return newest;
  const got = markers.map(([name]) => name.slice(0, 80)).join(", ") || "no proxy_abi_version_ export";
  throw new HeddleError("COMPONENT_UNSUPPORTED", `expected proxy-wasm ABI 0.1.0, 0.2.0 or 0.2.1, got ${got}`);
}
