import type { Verification } from "../delivery/verify-plugin.ts";

const MADE_FOR: Readonly<Record<string, string>> = { compat: "Istio", oci: "solo.io", wasm: "the CNCF" };

/** Rows of a table about what an image of another mesh says; none for a plugin of ours. */
export function foreignRows(foreign: Verification["foreign"]): string[][] {
  if (foreign === undefined) return [];
  const { layout, rootId } = foreign;
  const root = rootId === undefined ? [] : [["root id", rootId]];
  return [["layout", `${layout}, of ${MADE_FOR[layout]}; no manifest, so what the module says`], ...root];
}
