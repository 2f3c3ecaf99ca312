import { type Code, messageOf } from "../errors.ts";
import { GuestFault } from "./abi/guest-fault.ts";
import type { FaultReport } from "./host/context.ts";
import { printableLine } from "./host/printable-line.ts";
import { type OffsetMap, originalOffset } from "./meter/offset-map.ts";
import { type PackedSourceMap, unpackSourceMap } from "./packed-source-map.ts";
import { readSourceMap, type SourceMap, type SourcePlace } from "./source-map.ts";

/** Why a guest stopped, in words for a log. */
export interface Trap {
  readonly code: Code;
  readonly detail: string;
  /** Where each frame of the guest was, innermost first: `file:line:column`. Where frames were asked for. */
  readonly frames?: readonly string[];
}

/**
 * Explains what a guest call threw: with the SDK's report, or else with the engine's stack and the source map. Of a guest that
 * ran out of fuel, `exhausted` says what it used up.
 */
export type ExplainTrap = (thrown: unknown, report: FaultReport | undefined, exhausted?: string) => Trap;

const FRAMES = /wasm-function\[(\d+)\]:0x([0-9a-f]+)/g;
/** Where the filter's own source is not: AssemblyScript's library, the SDK, and the entry that the build writes. */
const LIBRARY = /^(~lib\/|heddle-entry\.ts$)/;
const ENTRY = "heddle-entry.ts";
/** What every abort goes through. */
const FAULT = "~lib/heddle/sdk/guest/fault.ts";
const MAX_DETAIL = 1000;

/**
 * @param offsets from the metered code, which stacks are about, to what the source map is about
 * @param withFrames every frame, for the author of the filter; otherwise the place alone
 */
export function explainTraps(
  sourceMap: PackedSourceMap | undefined,
  offsets: OffsetMap,
  withFrames = false,
): ExplainTrap {
  let map: SourceMap | undefined;
  const placesIn = (stack: string): TrapPlaces => {
    if (sourceMap === undefined) return {};
    map ??= readSourceMap(unpackSourceMap(sourceMap));
    return findPlaces(map, stack);
  };
  const framesIn = (stack: string): Pick<Trap, "frames"> =>
    withFrames && map !== undefined ? { frames: framePlaces(map, stack) } : {};
  return (thrown, report, exhausted) => {
    if (thrown instanceof GuestFault) return { code: thrown.code, detail: thrown.message };
    const stack = originalStack(thrown, offsets);
    const { own, innermost } = placesIn(stack);
    if (exhausted !== undefined) {
      const detail = `it used up ${exhausted}${placeOrOffset(own ?? innermost, stack)}`;
      return { code: "FUEL_EXHAUSTED", detail: printableLine(detail, MAX_DETAIL), ...framesIn(stack) };
    }
    const detail =
      report === undefined ? `${messageOf(thrown)}${placeOrOffset(own ?? innermost, stack)}` : reported(report, own);
    return { code: "GUEST_TRAP", detail: printableLine(detail, MAX_DETAIL), ...framesIn(stack) };
  };
}

/** The engine's stack, about the code as it was before it was metered: without the frame of what gave the hook its fuel. */
function originalStack(thrown: unknown, offsets: OffsetMap): string {
  const stack = thrown instanceof Error ? (thrown.stack ?? "") : "";
  return stack.replace(FRAMES, (_, index: string, offset: string) => {
    const original = originalOffset(offsets, Number.parseInt(offset, 16));
    return original === undefined ? "" : `wasm-function[${index}]:0x${original.toString(16)}`;
  });
}

interface TrapPlaces {
  /** Where the filter's own source was. */
  readonly own?: SourcePlace | undefined;
  readonly innermost?: SourcePlace | undefined;
}

/**
 * The innermost frame in the filter's own source. Without one the library was inlined into it: then the nearest own code
 * before the innermost frame that has some, most often the arguments of the call.
 */
function findPlaces(map: SourceMap, stack: string): TrapPlaces {
  const isOwn = (file: string) => !LIBRARY.test(file);
  const offsets = [...stack.matchAll(FRAMES)].map(([, , offset = ""]) => Number.parseInt(offset, 16));
  const places = offsets.map((offset) => map.placeOf(offset)).filter((place) => place !== undefined);
  const framed = places.find(({ file }) => isOwn(file));
  const callers = offsets.filter((offset) => map.placeOf(offset)?.file !== FAULT);
  const own = framed ?? callers.map((offset) => map.placeNear(offset, isOwn)).find((place) => place !== undefined);
  return { own, innermost: places[0] };
}

/**
 * Frames of what aborts go through and of the build's entry tell an author nothing. Where the filter's own source has no
 * frame, the library was inlined into it.
 */
function framePlaces(map: SourceMap, stack: string): string[] {
  const offsets = [...stack.matchAll(FRAMES)].map(([, , offset = ""]) => Number.parseInt(offset, 16));
  const places = offsets.map((offset) => map.placeOf(offset)).filter((place) => place !== undefined);
  const told = places.filter(({ file }) => file !== FAULT && file !== ENTRY);
  const { own } = findPlaces(map, stack);
  const all = told.some(({ file }) => !LIBRARY.test(file)) || own === undefined ? told : [...told, own];
  return all.map((place) => printableLine(describePlace(place), MAX_DETAIL));
}

function placeOrOffset(place: SourcePlace | undefined, stack: string): string {
  if (place !== undefined) return ` at ${describePlace(place)}`;
  const [frame] = stack.matchAll(FRAMES);
  return frame === undefined ? "" : ` in function ${frame[1]} at 0x${frame[2]}`;
}

/** What a library function found wrong is told where the filter called it. */
function reported(report: FaultReport, own: SourcePlace | undefined): string {
  const words = report.message === "" ? "abort" : report.message;
  if (report.file === "") return own === undefined ? words : `${words} at ${describePlace(own)}`;
  const place = describePlace(report);
  return own !== undefined && LIBRARY.test(report.file)
    ? `${words} at ${describePlace(own)} (${place})`
    : `${words} at ${place}`;
}

function describePlace({ file, line, column }: SourcePlace): string {
  return `${file}:${line}:${column}`;
}
