import binaryen from "assemblyscript/binaryen";
import type { ModuleTransform } from "../compile.ts";

/** Callbacks that run when the request's head has gone on, or may have. */
const LATER = /^proxy_on_(?:request_body|request_trailers|response_\w+)$/;
/** The SDK's functions that read a request. */
const READS = /\/sdk\/proxy-wasm\/request\/\w+$/;
const REMEMBER = "~lib/heddle/sdk/proxy-wasm/fields/rememberRequest";

/** Takes out the copy of a request's head where nothing that runs later can reach what reads it. */
export const spareCopy: ModuleTransform = (module) => {
  if (module.getFunction(REMEMBER) === 0) return;
  const debug = binaryen.getDebugInfo();
  binaryen.setDebugInfo(true);
  const binary = module.emitBinary();
  binaryen.setDebugInfo(debug);
  if (reachedFrom(LATER, binary).some((name) => READS.test(name))) return;
  module.removeFunction(REMEMBER);
  module.addFunction(REMEMBER, binaryen.none, binaryen.none, [], module.nop());
};

/** Names of the functions that some of a module's exports can call, directly or not. */
function reachedFrom(wanted: RegExp, binary: Uint8Array): string[] {
  const copy = binaryen.readBinary(binary);
  try {
    const exported = Array.from({ length: copy.getNumExports() }, (_, at) => copy.getExportByIndex(at));
    const names = exported.map((each) => binaryen.getExportInfo(each).name);
    for (const name of names) if (!wanted.test(name)) copy.removeExport(name);
    copy.runPasses(["remove-unused-module-elements"]);
    const functions = Array.from({ length: copy.getNumFunctions() }, (_, at) => copy.getFunctionByIndex(at));
    return functions.map((each) => binaryen.getFunctionInfo(each).name);
  } finally {
    copy.dispose();
  }
}
