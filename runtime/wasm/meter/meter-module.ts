import { type ModuleLimits, readBounds } from "../admission/judge-limits.ts";
import type { ModuleFacts, SectionSpan } from "../admission/module-facts.ts";
import { SECTION } from "../admission/section.ts";
import { Reader } from "../binary/reader.ts";
import { ByteSink } from "./byte-sink.ts";
import { type FuelledHook, fuelledHooks, writeFuelledBody, writeFuelledType } from "./fuelled-hooks.ts";
import { CodeMeter } from "./meter-code.ts";
import { METER_EXPORTS } from "./meter-exports.ts";
import { type OffsetMap, OffsetMapWriter } from "./offset-map.ts";

export interface MeteredModule {
  readonly bytes: Uint8Array;
  readonly offsets: OffsetMap;
}

/**
 * Rewrites a module that was judged. What it computes stays the same, but
 *
 * - it burns fuel, a count of about what its instructions cost, and traps when there is none: at every entry of a
 *   function and every round of a loop, and by length for what is done to many bytes or elements at once;
 * - its start function no longer runs by itself, but is exported ({@link METER_EXPORTS}), as are a function that fills the tank, and
 *   one for each hook that runs it with a tank that is full;
 * - its memory and tables have maxima;
 * - custom sections are gone: engines put the names in them into stacks.
 *
 * @throws ADMISSION_REFUSED for code that would become far larger
 */
export function meterModule(facts: ModuleFacts, limits: ModuleLimits): MeteredModule {
  const { bytes } = facts;
  const out = new ByteSink(bytes.length + (bytes.length >>> 2));
  const offsets = new OffsetMapWriter();
  out.copy(bytes, 0, 8);
  const writer = new SectionWriter(facts, limits, out, offsets);
  const kept = facts.sections.filter(({ id }) => id !== SECTION.custom && id !== SECTION.start);
  for (const id of ORDER) {
    writer.write(
      id,
      kept.find((section) => section.id === id),
    );
  }
  return { bytes: out.take(), offsets: offsets.take() };
}

/** Every section that is written, in its order. */
const ORDER: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 9, 12, 10, 11];
const FUNCTION = 0x00;
const MEMORY = 0x02;
/** `(i32) -> (i32)` */
const FUEL_TYPE = [0x60, 1, 0x7f, 1, 0x7f] as const;
/** A variable i32 that is 0. */
const FUEL_GLOBAL = [0x7f, 1, 0x41, 0, 0x0b] as const;
const GLOBAL_GET = 0x23;
const GLOBAL_SET = 0x24;
const LOCAL_GET = 0x20;
const END = 0x0b;

class SectionWriter {
  readonly #facts: ModuleFacts;
  readonly #limits: ModuleLimits;
  readonly #out: ByteSink;
  readonly #offsets: OffsetMapWriter;
  readonly #hooks: readonly FuelledHook[];

  constructor(facts: ModuleFacts, limits: ModuleLimits, out: ByteSink, offsets: OffsetMapWriter) {
    this.#facts = facts;
    this.#hooks = fuelledHooks(facts);
    this.#limits = limits;
    this.#out = out;
    this.#offsets = offsets;
  }

  write(id: number, span: SectionSpan | undefined): void {
    if (id === SECTION.type) this.#types(span);
    else if (id === SECTION.function) this.#functions(span);
    else if (id === SECTION.global) this.#append(id, span, () => this.#bytes(FUEL_GLOBAL));
    else if (id === SECTION.export) this.#exports(span);
    else if (id === SECTION.code) this.#code(span);
    else if (id === SECTION.table) this.#bounded(id, span, 1, this.#limits.tableElements);
    else if (id === SECTION.memory) this.#bounded(id, span, 0, this.#limits.memoryPages);
    else if (span !== undefined) this.#copy(span);
  }

  #copy({ id, content, end }: SectionSpan): void {
    this.#out.byte(id);
    this.#out.u32(end - content);
    this.#out.copy(this.#facts.bytes, content, end);
  }

  #bytes(values: readonly number[]): void {
    for (const value of values) this.#out.byte(value);
  }

  #types(span: SectionSpan | undefined): void {
    const added = (): void => {
      this.#bytes(FUEL_TYPE);
      for (const hook of this.#hooks) writeFuelledType(this.#out, hook);
    };
    this.#append(SECTION.type, span, added, 1 + this.#hooks.length);
  }

  /** Each of a type of its own, behind the module's own functions. */
  #functions(span: SectionSpan | undefined): void {
    const [first, count] = [this.#facts.types.length, 1 + this.#hooks.length];
    const added = (): void => {
      for (let type = first; type < first + count; type++) this.#out.u32(type);
    };
    this.#append(SECTION.function, span, added, count);
  }

  /** A vector with more items. */
  #append(id: number, span: SectionSpan | undefined, item: () => void, more = 1): void {
    const out = this.#out;
    out.byte(id);
    const opened = out.open();
    const items = this.#reader(span);
    out.u32((items === undefined ? 0 : items.u32()) + more);
    if (items !== undefined) out.copy(items.bytes, items.at, items.end);
    item();
    out.close(opened);
  }

  #exports(span: SectionSpan | undefined): void {
    const { start, functions, memories, exports } = this.#facts;
    const added: [name: string, kind: number, index: number][] = [[METER_EXPORTS.fuel, FUNCTION, functions.length]];
    for (const [at, { name }] of this.#hooks.entries()) {
      added.push([METER_EXPORTS.run + name, FUNCTION, functions.length + 1 + at]);
    }
    if (start !== undefined) added.push([METER_EXPORTS.start, FUNCTION, start]);
    const isHidden = memories > 0 && !exports.some(({ name, type }) => name === "memory" && type === "memory");
    if (isHidden) added.push([METER_EXPORTS.memory, MEMORY, 0]);
    const write = (): void => {
      for (const [name, kind, index] of added) {
        this.#out.name(name);
        this.#out.byte(kind);
        this.#out.u32(index);
      }
    };
    this.#append(SECTION.export, span, write, added.length);
  }

  /** Tables and memories, with a maximum. @param before bytes of an item before its bounds */
  #bounded(id: number, span: SectionSpan | undefined, before: number, most: number): void {
    const [out, items] = [this.#out, this.#reader(span)];
    if (items === undefined) return;
    out.byte(id);
    const opened = out.open();
    const count = items.u32();
    out.u32(count);
    for (let index = 0; index < count; index++) {
      out.copy(items.bytes, items.at, items.at + before);
      items.skip(before);
      const { min, max = most } = readBounds(items);
      out.byte(1);
      out.u32(min);
      out.u32(Math.min(max, most));
    }
    out.close(opened);
  }

  #code(span: SectionSpan | undefined): void {
    const [facts, out, bodies] = [this.#facts, this.#out, this.#reader(span)];
    out.byte(SECTION.code);
    const opened = out.open();
    out.u32((bodies === undefined ? 0 : bodies.u32()) + 1 + this.#hooks.length);
    const meter = new CodeMeter(facts, out, this.#offsets, this.#limits);
    for (let index = facts.importedFunctions; index < facts.functions.length && bodies !== undefined; index++) {
      meter.body(index, bodies);
    }
    this.#offsets.end(out.length);
    this.#fuelBody();
    for (const hook of this.#hooks) writeFuelledBody(out, hook, facts.globals);
    out.close(opened);
  }

  /** Gives what is in the global and puts the parameter there. */
  #fuelBody(): void {
    const [out, { globals }] = [this.#out, this.#facts];
    const opened = out.open();
    out.byte(0);
    out.byte(GLOBAL_GET);
    out.u32(globals);
    out.byte(LOCAL_GET);
    out.byte(0);
    out.byte(GLOBAL_SET);
    out.u32(globals);
    out.byte(END);
    out.close(opened);
  }

  #reader(span: SectionSpan | undefined): Reader | undefined {
    return span && new Reader(this.#facts.bytes, span.content, span.end);
  }
}
