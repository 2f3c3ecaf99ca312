import type { Reader } from "../binary/reader.ts";
import { CAPS } from "./caps.ts";
import { judgeConstant } from "./judge-constant.ts";
import type { ModuleFacts } from "./module-facts.ts";
import { countOf, functionIndex, indexOf, letEscape } from "./pieces.ts";
import { referenceType } from "./value-type.ts";

/** Bits of the flags of an element segment. */
const FLAG = { passiveOrDeclared: 1, explicit: 2, expressions: 4 } as const;

export function judgeElements(section: Reader, facts: ModuleFacts): void {
  facts.elementSegments = countOf(section, "element segments", CAPS.elementSegments);
  for (let index = 0; index < facts.elementSegments; index++) judgeElementSegment(section, facts);
}

function judgeElementSegment(section: Reader, facts: ModuleFacts): void {
  const flags = section.u32();
  if (flags > 7) section.fail(`expected the flags of an element segment, got ${flags}`);
  const active = (flags & FLAG.passiveOrDeclared) === 0;
  const explicit = (flags & FLAG.explicit) !== 0;
  const expressions = (flags & FLAG.expressions) !== 0;
  if (active) {
    if (explicit) indexOf(section, "tables", facts.tables);
    judgeConstant(section, facts);
  }
  if (explicit || !active) readElementKind(section, expressions);
  const count = countOf(section, "elements", CAPS.elements, facts.elements);
  facts.elements += count;
  for (let index = 0; index < count; index++) {
    if (expressions) judgeConstant(section, facts);
    else letEscape(facts, functionIndex(section, facts));
  }
}

function readElementKind(section: Reader, expressions: boolean): void {
  if (expressions) referenceType(section);
  else if (section.byte() !== 0) section.fail("expected the element kind of functions");
}

export function judgeData(section: Reader, facts: ModuleFacts): void {
  facts.dataSegments = countOf(section, "data segments", CAPS.dataSegments);
  for (let index = 0; index < facts.dataSegments; index++) {
    const flags = section.u32();
    if (flags > 2) section.fail(`expected the flags of a data segment, got ${flags}`);
    if (flags === 2 && section.u32() !== 0) section.refuse("expected the one memory, got another one");
    if (flags !== 1) judgeConstant(section, facts);
    section.skip(section.u32());
  }
}
