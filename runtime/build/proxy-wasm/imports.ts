import { HeddleError } from "../../errors.ts";
import { importsOf } from "../component.ts";

/** What `sdk/proxy-wasm/hostcalls.ts` declares. */
const WASI = ["clock_time_get", "random_get"];

/** @throws IMPORT_UNKNOWN for an import that is not the SDK's */
export function checkImports(module: Uint8Array, where: string): void {
  for (const { module: from, name } of importsOf(module)) {
    const known = from === "env" ? name.startsWith("proxy_") : from === "wasi_snapshot_preview1" && WASI.includes(name);
    if (known) continue;
    throw new HeddleError("IMPORT_UNKNOWN", `expected imports of proxy-wasm 0.2.1, got ${from} ${name}`, {
      where,
      remedy: "Use heddle/sdk only: a filter has no access to its surroundings but the contract's capabilities.",
    });
  }
}
