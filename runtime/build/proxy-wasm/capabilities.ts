import { camel } from "../../../wit/names.ts";
import { IMPORT_SIGNATURES } from "../../../wit/signatures.ts";

const MODULES = "~lib/heddle/sdk/proxy-wasm";

/**
 * The interfaces of the contract that a compiled filter uses, sorted: those of which a function was compiled.
 *
 * @param isCompiled whether the module has a function, by the compiler's name for it
 */
export function capabilitiesIn(isCompiled: (name: string) => boolean): string[] {
  const used = ([name, functions]: [string, object]): boolean =>
    Object.keys(functions).some((fn) => isCompiled(`${MODULES}/${name}/${camel(`${name}-${fn}`)}`));
  return Object.entries(IMPORT_SIGNATURES)
    .filter(used)
    .map(([name]) => name)
    .sort();
}
