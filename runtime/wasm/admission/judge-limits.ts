import type { Reader } from "../binary/reader.ts";
import type { PluginLimits } from "../limits.ts";
import { CAPS } from "./caps.ts";
import type { ModuleFacts } from "./module-facts.ts";
import { referenceType } from "./value-type.ts";

/** What a plugin may use of memory and tables; the rewriter writes it into the module. */
export type ModuleLimits = Pick<PluginLimits, "memoryPages" | "tableElements">;

/** The most pages that a memory of 32-bit addresses has. */
const ALL_PAGES = 65_536;

export interface Bounds {
  readonly min: number;
  readonly max: number | undefined;
}

/** The bounds of a memory or table: not shared, of 32 bits, with pages of 64 KiB. */
export function readBounds(section: Reader): Bounds {
  const flags = section.byte();
  if (flags > 1) section.refuse(`expected plain limits, got ${describe(flags)}`);
  const min = section.u32();
  const max = flags === 1 ? section.u32() : undefined;
  if (max !== undefined && max < min) section.fail(`expected a maximum of at least ${min}, got ${max}`);
  return { min, max };
}

function describe(flags: number): string {
  if ((flags & 2) !== 0) return "shared memory";
  if ((flags & 4) !== 0) return "a memory or table of 64 bits";
  return `the flags 0x${flags.toString(16)}`;
}

export function judgeMemories(section: Reader, facts: ModuleFacts, { memoryPages }: ModuleLimits): void {
  const count = section.u32();
  for (let index = 0; index < count; index++) {
    addMemory(section, facts);
    const { min } = readMemoryBounds(section);
    if (min > memoryPages) section.refuse(`expected a memory of at most ${memoryPages} pages, got one of ${min}`);
    facts.memoryPages = min;
  }
}

/** Bounds that any engine takes. */
export function readMemoryBounds(section: Reader): Bounds {
  const bounds = readBounds(section);
  const most = bounds.max ?? bounds.min;
  if (most > ALL_PAGES) section.fail(`expected a memory of at most ${ALL_PAGES} pages, got ${most}`);
  return bounds;
}

export function addMemory(section: Reader, facts: ModuleFacts): void {
  if (++facts.memories > CAPS.memories) section.refuse("expected at most one memory, got another one");
}

export function judgeTables(section: Reader, facts: ModuleFacts, { tableElements }: ModuleLimits): void {
  const count = section.u32();
  for (let index = 0; index < count; index++) {
    addTable(section, facts);
    if (section.bytes[section.at] === 0x40) section.refuse("expected a table without an initial value, got one");
    referenceType(section);
    const { min } = readBounds(section);
    facts.tableElements += min;
    if (facts.tableElements > tableElements) {
      section.refuse(`expected tables of at most ${tableElements} elements together, got ${facts.tableElements}`);
    }
  }
}

export function addTable(section: Reader, facts: ModuleFacts): void {
  if (++facts.tables > CAPS.tables) section.refuse(`expected at most ${CAPS.tables} tables, got more`);
}
