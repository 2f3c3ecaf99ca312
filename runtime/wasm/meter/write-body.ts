import { type BodyPlan, POINT } from "./body-plan.ts";
import type { ByteSink } from "./byte-sink.ts";
import type { OffsetMapWriter } from "./offset-map.ts";

/** Numbers that the rewriter gave out. */
export interface BodyNames {
  /** The global that holds the fuel. */
  readonly fuel: number;
  /** A local of the body that may hold what is in the global. */
  readonly tank: number;
  /** Another one, for lengths. */
  readonly length: number;
  /** Counts of pages and elements beyond which growing fails, and filling traps: they cost nothing. */
  readonly pages: number;
  readonly elements: number;
}

const I32 = { const: 0x41, ltS: 0x48, ltU: 0x49, sub: 0x6b, shl: 0x74, shrU: 0x76 } as const;
const LOCAL = { get: 0x20, set: 0x21, tee: 0x22 } as const;
const GLOBAL = { get: 0x23, set: 0x24 } as const;
const [UNREACHABLE, IF, END, VOID, SELECT] = [0x00, 0x04, 0x0b, 0x40, 0x1b];
/** A unit for 8 bytes; an element costs 32, a page 1024. */
const SHIFT = { bytes: 3, elements: 5, pages: 10 } as const;

/** Copies instructions, and puts in what the plan says. */
export function writeInstructions(
  out: ByteSink,
  from: Uint8Array,
  span: { readonly start: number; readonly end: number },
  plan: BodyPlan,
  names: BodyNames,
  offsets: OffsetMapWriter,
): void {
  let copied = span.start;
  /** Up to here the local holds what the global holds. */
  let known = plan.callFree ? span.end : 0;
  for (let point = 0; point < plan.count; point++) {
    const [place, kind, amount] = [plan.places[point] as number, plan.kinds[point], plan.amounts[point] as number];
    if (amount === 0 && kind !== undefined && kind <= POINT.loop) continue;
    if (kind === POINT.loop && place < known) continue;
    out.copy(from, copied, place);
    copied = place;
    if (kind === POINT.loop) {
      writePair(out, GLOBAL.get, names.fuel, LOCAL.set, names.tank);
      known = amount;
    } else writeCharge(out, kind ?? 0, amount, place < known && point > 0, names);
    offsets.note(out.length, place);
  }
  out.copy(from, copied, span.end);
}

/** `tank = fuel - price; fuel = tank; if (tank < 0) trap`. The stack stays as it is. */
function writeCharge(out: ByteSink, kind: number, amount: number, known: boolean, names: BodyNames): void {
  const { fuel, tank, length } = names;
  if (kind !== POINT.charge) writeOne(out, LOCAL.tee, length);
  if (known) writeOne(out, LOCAL.get, tank);
  else writeOne(out, GLOBAL.get, fuel);
  writePrice(out, kind, amount, names);
  out.byte(I32.sub);
  writePair(out, LOCAL.tee, tank, GLOBAL.set, fuel);
  writeOne(out, LOCAL.get, tank);
  out.byte(I32.const);
  out.byte(0);
  out.byte(I32.ltS);
  for (const byte of [IF, VOID, UNREACHABLE, END]) out.byte(byte as number);
}

function writePrice(out: ByteSink, kind: number, amount: number, { length, pages, elements }: BodyNames): void {
  if (kind === POINT.charge) {
    out.byte(I32.const);
    out.positive(amount);
    return;
  }
  writeOne(out, LOCAL.get, length);
  out.byte(I32.const);
  out.byte(kind === POINT.bytes ? SHIFT.bytes : kind === POINT.elements ? SHIFT.elements : SHIFT.pages);
  out.byte(kind === POINT.bytes ? I32.shrU : I32.shl);
  if (kind === POINT.bytes) return;
  out.byte(I32.const);
  out.byte(0);
  writeOne(out, LOCAL.get, length);
  out.byte(I32.const);
  out.positive((kind === POINT.pages ? pages : elements) + 1);
  out.byte(I32.ltU);
  out.byte(SELECT as number);
}

function writeOne(out: ByteSink, opcode: number, index: number): void {
  out.byte(opcode);
  out.u32(index);
}

function writePair(out: ByteSink, first: number, firstIndex: number, second: number, secondIndex: number): void {
  writeOne(out, first, firstIndex);
  writeOne(out, second, secondIndex);
}
