import { COSTS } from "../admission/instruction-costs.ts";
import { BULK, FORM, FORMS } from "../admission/instructions.ts";
import type { ModuleFacts } from "../admission/module-facts.ts";
import { Reader } from "../binary/reader.ts";
import { type BodyPlan, POINT } from "./body-plan.ts";
import { skipImmediates } from "./skip-immediates.ts";

/** A part that costs no more is paid for together with what surrounds it, whether it runs or not. */
const SMALL = 8;
/** As is any part while the sum stays below this. */
const TOGETHER = 128;
/** What a round of a loop costs beside its instructions: the jump, and the charge itself. */
const ROUND_PRICE = 3;
/** Operations whose price depends on a length, which is charged when they run; and what they cost for no length at all. */
const BULK_POINTS: Readonly<Record<number, number>> = {
  [BULK.memoryInit]: POINT.bytes,
  [BULK.memoryCopy]: POINT.bytes,
  [BULK.memoryFill]: POINT.bytes,
  [BULK.tableInit]: POINT.elements,
  [BULK.tableCopy]: POINT.elements,
  [BULK.tableGrow]: POINT.elements,
  [BULK.tableFill]: POINT.elements,
};
const BULK_PRICE = 50;
const OPCODE = { unreachable: 0x00, return: 0x0f, memoryGrow: 0x40 } as const;

/**
 * Decides what is charged where in function bodies.
 *
 * A region is a stretch of code that can be entered at its beginning only: a body, a loop, an arm of an `if`, and what is
 * left of a block behind a jump or behind the end of an inner block. Regions lie in one another. Each is paid for when it is
 * entered, at the full price of what it holds outside of inner regions; the price of one that is no loop may be added to
 * that of the one around it. So every instruction that runs was paid for, and a loop pays for each of its rounds.
 */
export class BodyPlanner {
  readonly #facts: ModuleFacts;
  readonly #plan: BodyPlan;
  /** The open regions: the numbers of their points; the price so far of the innermost one, and of those around it. */
  readonly #regions: number[] = [];
  #price = 0;
  readonly #prices: number[] = [];
  /** The open blocks: how many regions were open around each; of a loop, the number of its point and of calls before it. */
  readonly #bases: number[] = [];
  readonly #loops: number[] = [];
  readonly #callsBefore: number[] = [];
  #calls = 0;

  constructor(facts: ModuleFacts, plan: BodyPlan) {
    this.#facts = facts;
    this.#plan = plan;
  }

  /** @param reader behind the locals of a body that was judged */
  plan(reader: Reader): void {
    const plan = this.#plan;
    plan.clear();
    this.#calls = 0;
    this.#openRegion(reader.at);
    this.#openBlock(NO_LOOP);
    while (this.#bases.length > 0) this.#instruction(reader);
    plan.amounts[0] = Math.max(1, this.#price);
    this.#regions.pop();
    this.#prices.pop();
    plan.callFree = this.#calls === 0;
  }

  #instruction(reader: Reader): void {
    const place = reader.at;
    const opcode = reader.byte();
    const form = FORMS[opcode] as number;
    this.#price += COSTS[opcode] as number;
    if (form === FORM.call) {
      this.#call(reader.u32());
      return;
    }
    if (form === FORM.bulk || opcode === OPCODE.memoryGrow) this.#measure(reader, opcode, place);
    skipImmediates(reader, opcode);
    switch (form) {
      case FORM.block:
        this.#openBlock(NO_LOOP);
        return;
      case FORM.loop:
        this.#openLoop(place, reader.at);
        return;
      case FORM.if:
        this.#openBlock(NO_LOOP);
        this.#openRegion(reader.at);
        return;
      case FORM.else:
        this.#closeRegions(this.#bases.at(-1) as number);
        this.#openRegion(reader.at);
        return;
      case FORM.end:
        this.#closeBlock(reader.at);
        return;
      case FORM.branch:
      case FORM.branchTable:
        this.#openRegion(reader.at);
        return;
      case FORM.callIndirect:
        this.#calls++;
        return;
      case FORM.plain:
        if (opcode === OPCODE.return || opcode === OPCODE.unreachable) this.#openRegion(reader.at);
    }
  }

  /** Whoever calls a leaf that only calls can reach pays for it. */
  #call(index: number): void {
    this.#calls++;
    if (isPaidByCallers(this.#facts, index)) this.#price += this.#facts.leafCosts[index] as number;
  }

  #measure(reader: Reader, opcode: number, place: number): void {
    if (opcode === OPCODE.memoryGrow) this.#plan.add(place, POINT.pages, 0);
    else this.#measureBulk(new Reader(reader.bytes, reader.at, reader.end).u32(), place);
  }

  #measureBulk(opcode: number, place: number): void {
    const kind = BULK_POINTS[opcode];
    if (kind === undefined) return;
    this.#plan.add(place, kind, 0);
    this.#price += BULK_PRICE;
  }

  #openBlock(loop: number): void {
    this.#bases.push(this.#regions.length);
    this.#loops.push(loop);
    this.#callsBefore.push(this.#calls);
  }

  #openLoop(place: number, inside: number): void {
    this.#openBlock(this.#plan.add(place, POINT.loop, 0));
    this.#openRegion(inside);
  }

  #closeBlock(behind: number): void {
    const loop = this.#loops.pop() as number;
    const base = this.#bases.pop() as number;
    const calls = this.#callsBefore.pop() as number;
    if (loop !== NO_LOOP) {
      this.#closeLoop(loop, base, calls === this.#calls ? behind : 0);
      return;
    }
    this.#closeRegions(base);
    if (this.#bases.length > 0) this.#openRegion(behind);
  }

  #closeLoop(loop: number, base: number, end: number): void {
    this.#closeRegions(base + 1);
    this.#plan.amounts[this.#regions.pop() as number] = this.#price + ROUND_PRICE;
    this.#price = this.#prices.pop() as number;
    this.#plan.amounts[loop] = end;
  }

  #openRegion(place: number): void {
    this.#regions.push(this.#plan.add(place, POINT.charge, 0));
    this.#prices.push(this.#price);
    this.#price = 0;
  }

  #closeRegions(base: number): void {
    while (this.#regions.length > base) this.#closeRegion();
  }

  #closeRegion(): void {
    const point = this.#regions.pop() as number;
    const price = this.#price;
    this.#price = this.#prices.pop() as number;
    if (price <= SMALL || this.#price + price <= TOGETHER) this.#price += price;
    else this.#plan.amounts[point] = price;
  }
}

const NO_LOOP = -1;

/** Functions that nothing but an instruction `call` reaches, and that cost little, carry no charge of their own. */
export function isPaidByCallers(facts: ModuleFacts, index: number): boolean {
  return (facts.leafCosts[index] ?? 0) > 0 && facts.escaping[index] !== 1;
}
