import { HeddleError } from "../../errors.ts";
import { Reader } from "../binary/reader.ts";
import { CAPS } from "./caps.ts";
import { judgeCode } from "./judge-code.ts";
import { judgeImports } from "./judge-imports.ts";
import { judgeMemories, judgeTables, type ModuleLimits } from "./judge-limits.ts";
import { judgeExports, judgeFunctions, judgeGlobals, judgeStart, judgeTypes } from "./judge-sections.ts";
import { judgeData, judgeElements } from "./judge-segments.ts";
import { ModuleFacts } from "./module-facts.ts";
import { SECTION } from "./section.ts";

/** The order in which sections come; a custom one may stand anywhere. */
const ORDER: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

/**
 * Reads every byte of a core module before an engine does: that it is well formed as far as an engine's readers go, that it
 * stays within {@link CAPS}, and that it uses WebAssembly 2.0 with fixed-width SIMD and nothing newer. Types of operands
 * are left to the engine. One pass; nothing is made per instruction.
 *
 * @throws COMPONENT_INVALID when it is malformed, ADMISSION_REFUSED when it goes beyond a limit or uses something newer
 */
export function judgeModule(bytes: Uint8Array, limits: ModuleLimits): ModuleFacts {
  if (bytes.length > CAPS.moduleBytes) {
    throw new HeddleError(
      "ADMISSION_REFUSED",
      `expected a module of at most ${CAPS.moduleBytes} bytes, got ${bytes.length}`,
    );
  }
  const facts = new ModuleFacts(bytes);
  const reader = new Reader(bytes);
  readPreamble(reader);
  let rank = -1;
  while (!reader.done()) {
    const start = reader.at;
    const id = reader.byte();
    const section = reader.section(reader.u32());
    facts.sections.push({ id, start, content: section.at, end: section.end });
    if (id !== SECTION.custom) rank = nextRank(section, id, rank);
    judgeSection(id, section, facts, limits);
    if (!section.done()) section.fail(`expected the end of section ${id}, got ${section.end - section.at} more bytes`);
  }
  return complete(facts, reader);
}

/** The magic number and version 1. */
function readPreamble(reader: Reader): void {
  const [magic, version] = [reader.u32le(), reader.u32le()];
  if (magic !== 0x6d73_6100 || version !== 1)
    reader.fail(`expected a core module of version 1, got version ${version}`);
}

function nextRank(section: Reader, id: number, rank: number): number {
  const next = ORDER.indexOf(id);
  if (next < 0) section.refuse(`expected a section that is known, got ${id}`);
  if (next <= rank) section.fail(`expected sections once and in order, got section ${id} after ${ORDER[rank]}`);
  return next;
}

function judgeSection(id: number, section: Reader, facts: ModuleFacts, limits: ModuleLimits): void {
  switch (id) {
    case SECTION.custom:
      skipCustom(section, facts);
      return;
    case SECTION.type:
      judgeTypes(section, facts);
      return;
    case SECTION.import:
      judgeImports(section, facts);
      return;
    case SECTION.function:
      judgeFunctions(section, facts);
      return;
    case SECTION.table:
      judgeTables(section, facts, limits);
      return;
    case SECTION.memory:
      judgeMemories(section, facts, limits);
      return;
    case SECTION.tag:
      section.refuse("expected no tags, got a module with exceptions");
      return;
    case SECTION.global:
      judgeGlobals(section, facts);
      return;
    case SECTION.export:
      judgeExports(section, facts);
      return;
    case SECTION.start:
      judgeStart(section, facts);
      return;
    case SECTION.element:
      judgeElements(section, facts);
      return;
    case SECTION.dataCount:
      facts.dataCount = section.u32();
      return;
    case SECTION.code:
      judgeCode(section, facts);
      return;
    default:
      judgeData(section, facts);
  }
}

/** Its name is checked; its content is for nobody here, and does not reach the engine. */
function skipCustom(section: Reader, facts: ModuleFacts): void {
  section.name();
  facts.customBytes += section.end - section.at;
  section.at = section.end;
}

/** What one section promises and another one keeps. */
function complete(facts: ModuleFacts, reader: Reader): ModuleFacts {
  const has = (id: number): boolean => facts.sections.some((section) => section.id === id);
  const own = facts.functions.length - facts.importedFunctions;
  if (own > 0 && !has(SECTION.code)) reader.fail(`expected the bodies of ${own} functions, got no code section`);
  if (facts.dataCount !== undefined && facts.dataCount !== facts.dataSegments) {
    reader.fail(`expected ${facts.dataCount} data segments, got ${facts.dataSegments}`);
  }
  return facts;
}
