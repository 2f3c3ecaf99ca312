import { HeddleError } from "../../../errors.ts";
import type { CoreImport } from "../../admission/module-facts.ts";
import { printable } from "../../shape.ts";
import { ENV_IMPORTS, VENDOR_IMPORTS, WASI_IMPORTS } from "./imports/known.ts";

const MODULES: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.freeze({
  __proto__: null,
  env: ENV_IMPORTS,
  wasi_snapshot_preview1: WASI_IMPORTS,
  wasi_unstable: WASI_IMPORTS,
} as unknown as Record<string, Readonly<Record<string, string>>>);

const NUMBERS = /^\((?:(?:i32|i64|f32|f64)(?:,(?=[if])|(?=\))))*\)->\((?:i32)?\)$/;

/** Refuses what this host cannot link, by name. @throws IMPORT_UNKNOWN */
export function checkImports(imports: readonly CoreImport[]): void {
  const unknown = imports.filter((one) => !isKnown(one));
  if (unknown.length === 0) return;
  const names = unknown.slice(0, 10).map(({ module, name, type }) => `${printable(module)}.${printable(name)} ${type}`);
  const more = unknown.length > names.length ? ` and ${unknown.length - names.length} more` : "";
  throw new HeddleError("IMPORT_UNKNOWN", `expected imports of proxy-wasm and WASI, got ${names.join(", ")}${more}`);
}

function isKnown({ module, name, type }: CoreImport): boolean {
  if (!NUMBERS.test(type)) return false;
  if (module === "env" && Object.hasOwn(VENDOR_IMPORTS, name)) return type.endsWith("(i32)");
  const known = MODULES[module];
  const expected = known !== undefined && Object.hasOwn(known, name) ? known[name] : undefined;
  return expected === "*" || (expected !== undefined && typeOf(expected) === type);
}

/** `ili>i` as `(i32,i64,i32)->(i32)`. */
function typeOf(short: string): string {
  const [params = "", results = ""] = short.split(">");
  const list = (letters: string) => [...letters].map((letter) => (letter === "l" ? "i64" : "i32")).join(",");
  return `(${list(params)})->(${list(results)})`;
}

/** Calls of other hosts that the module imports: they are linked, and answer that they are not there. */
export function vendorCalls(imports: readonly CoreImport[]): string[] {
  return imports
    .filter(({ module, name }) => module === "env" && Object.hasOwn(VENDOR_IMPORTS, name))
    .map(({ name }) => `${name} (${VENDOR_IMPORTS[name]})`);
}
