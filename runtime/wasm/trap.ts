import { type Code, messageOf } from "../errors.ts";
import { GuestFault } from "./abi/guest-fault.ts";
import type { FaultReport } from "./host/context.ts";
import { printableLine } from "./host/printable-line.ts";
import { readSourceMap, type SourceMap } from "./source-map.ts";

/** Why a guest stopped, in words for a log. */
export interface Trap {
  readonly code: Code;
  readonly detail: string;
}

/** Explains what a guest call threw: with the SDK's report, or else with the engine's stack and the source map. */
export type ExplainTrap = (thrown: unknown, report: FaultReport | undefined) => Trap;

const FRAME = /wasm-function\[(\d+)\]:0x([0-9a-f]+)/;
const MAX_DETAIL = 1000;

export function explainTraps(sourceMap: string | undefined): ExplainTrap {
  let map: SourceMap | undefined;
  const placeIn = (stack: string): string => {
    const [, index, offset] = FRAME.exec(stack) ?? [];
    if (index === undefined || offset === undefined) return "";
    map ??= sourceMap === undefined ? undefined : readSourceMap(sourceMap);
    const place = map?.placeOf(Number.parseInt(offset, 16));
    return place === undefined
      ? ` in function ${index} at 0x${offset}`
      : ` at ${place.file}:${place.line}:${place.column}`;
  };
  return (thrown, report) => {
    if (thrown instanceof GuestFault) return { code: thrown.code, detail: thrown.message };
    const stack = thrown instanceof Error ? (thrown.stack ?? "") : "";
    const detail = report === undefined ? `${messageOf(thrown)}${placeIn(stack)}` : reported(report);
    return { code: "GUEST_TRAP", detail: printableLine(detail, MAX_DETAIL) };
  };
}

function reported({ message, file, line, column }: FaultReport): string {
  const words = message === "" ? "abort" : message;
  return file === "" ? words : `${words} at ${file}:${line}:${column}`;
}
