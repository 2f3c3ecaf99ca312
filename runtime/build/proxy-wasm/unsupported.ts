import { HeddleError } from "../../errors.ts";
import { placeOf } from "../diagnostics.ts";
import type { SdkUse } from "../sdk-uses.ts";

/** What a proxy-wasm host cannot do for a filter, by name in the SDK, and why. */
export const UNSUPPORTED: Readonly<Record<string, string>> = {
  HttpRequest: "a proxy-wasm filter cannot wait within a hook for the answer to a call",
  http: "a proxy-wasm filter cannot wait within a hook for the answer to a call",
};

/** @throws BUILD_TARGET that names the place of every use of what the target cannot do */
export function refuseUnsupported(uses: readonly SdkUse[], where: string): void {
  const refused = uses.flatMap((use) => {
    const name = Object.keys(UNSUPPORTED).find((one) => one === use.name || use.name.startsWith(`${one}.`));
    return name === undefined ? [] : [{ ...use, why: UNSUPPORTED[name] as string }];
  });
  const [first] = refused;
  if (first === undefined) return;
  const lines = refused.map((use) => `${placeOf(use, where)} - ${use.name}: ${use.why}`);
  throw new HeddleError("BUILD_TARGET", `proxy-wasm cannot do everything that this filter does\n${lines.join("\n")}`, {
    where: placeOf(first, where),
  });
}
