import { importsOf } from "../component.ts";
import { type ForeignFunction, unknownImport } from "../foreign-functions.ts";

/** What `sdk/proxy-wasm/hostcalls.ts` declares. */
const WASI = ["clock_time_get", "random_get"];

/** @throws IMPORT_UNKNOWN for an import that is not the SDK's */
export function checkImports(module: Uint8Array, foreign: readonly ForeignFunction[], where: string): void {
  for (const { module: from, name } of importsOf(module)) {
    const known = from === "env" ? name.startsWith("proxy_") : from === "wasi_snapshot_preview1" && WASI.includes(name);
    if (!known) throw unknownImport({ found: `${from} ${name}`, expected: "proxy-wasm 0.2.1", name, foreign, where });
  }
}
