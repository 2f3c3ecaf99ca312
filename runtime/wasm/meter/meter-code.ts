import type { ModuleLimits } from "../admission/judge-limits.ts";
import type { ModuleFacts } from "../admission/module-facts.ts";
import type { Reader } from "../binary/reader.ts";
import { BodyPlan, POINT } from "./body-plan.ts";
import type { ByteSink } from "./byte-sink.ts";
import type { OffsetMapWriter } from "./offset-map.ts";
import { BodyPlanner, isPaidByCallers } from "./plan-body.ts";
import { writeInstructions } from "./write-body.ts";

const I32 = 0x7f;
/** Small modules may be all loops. What compilers make grows by a quarter. */
const SLACK = 1 << 20;

/** Writes function bodies that burn fuel. */
export class CodeMeter {
  readonly #facts: ModuleFacts;
  readonly #out: ByteSink;
  readonly #offsets: OffsetMapWriter;
  readonly #plan = new BodyPlan();
  readonly #planner: BodyPlanner;
  readonly #limits: ModuleLimits;
  readonly #most: number;

  constructor(facts: ModuleFacts, out: ByteSink, offsets: OffsetMapWriter, limits: ModuleLimits) {
    this.#facts = facts;
    this.#out = out;
    this.#offsets = offsets;
    this.#limits = limits;
    this.#most = facts.bytes.length * 2 + SLACK;
    this.#planner = new BodyPlanner(facts, this.#plan);
  }

  /** The function at an index, whose body begins with its size where the reader stands. */
  body(index: number, reader: Reader): void {
    if (this.#out.length > this.#most) {
      reader.refuse(`function ${index}: expected code that at most doubles when it is metered, got more loops`);
    }
    const size = reader.u32();
    const body = reader.section(size);
    if (isPaidByCallers(this.#facts, index)) {
      this.#copy(body);
      return;
    }
    const [start, groups] = [body.at, body.u32()];
    const groupsAt = body.at;
    const locals = skipLocals(body, groups, this.#facts.functions[index]?.params ?? 0);
    const instructions = body.at;
    this.#planner.plan(body);
    const opened = this.#out.open();
    this.#offsets.note(opened, start);
    this.#writeLocals(body, groups, groupsAt, instructions);
    const { memoryPages: pages, tableElements: elements } = this.#limits;
    const names = { fuel: this.#facts.globals, tank: locals, length: locals + 1, pages, elements };
    const span = { start: instructions, end: body.end };
    writeInstructions(this.#out, body.bytes, span, this.#plan, names, this.#offsets);
    this.#out.close(opened);
  }

  #copy(body: Reader): void {
    this.#out.u32(body.end - body.at);
    this.#offsets.note(this.#out.length, body.at);
    this.#out.copy(body.bytes, body.at, body.end);
  }

  /** One more group: the locals that charges use. */
  #writeLocals(body: Reader, groups: number, from: number, to: number): void {
    const out = this.#out;
    out.u32(groups + 1);
    out.copy(body.bytes, from, to);
    out.u32(measures(this.#plan) ? 2 : 1);
    out.byte(I32);
    this.#offsets.note(out.length, to);
  }
}

function measures(plan: BodyPlan): boolean {
  for (let point = 0; point < plan.count; point++) if ((plan.kinds[point] as number) > POINT.loop) return true;
  return false;
}

/** @returns how many parameters and locals there are */
function skipLocals(body: Reader, groups: number, params: number): number {
  let locals = params;
  for (let group = 0; group < groups; group++) {
    locals += body.u32();
    body.skip(1);
  }
  return locals;
}
