import { existsSync } from "node:fs";
import { HeddleError } from "../errors.ts";

/**
 * Whether an argument that is a reference or a file names a file. Throws USAGE where it can only be meant as one and is not
 * there: as a reference it would be refused for its form.
 */
export function isPluginFile(text: string): boolean {
  if (existsSync(text)) return true;
  const hasVersion = /[:@][^/]*$/.test(text);
  if (text.endsWith(".wasm") && !hasVersion) {
    throw new HeddleError("USAGE", "expected a component's file, but there is none", { where: text });
  }
  return false;
}
