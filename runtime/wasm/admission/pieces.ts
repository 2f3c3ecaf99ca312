import type { Reader } from "../binary/reader.ts";
import { CAPS } from "./caps.ts";
import type { FunctionType, ModuleFacts } from "./module-facts.ts";

/** The length of a vector that is read item by item. */
export function countOf(section: Reader, what: string, most: number, before = 0): number {
  const count = section.u32();
  if (count + before > most) section.refuse(`expected at most ${most} ${what}, got ${count + before}`);
  return count;
}

/** The name of an import or export. */
export function nameOf(section: Reader): string {
  const length = peekLength(section);
  if (length > CAPS.nameBytes) section.refuse(`expected a name of at most ${CAPS.nameBytes} bytes, got ${length}`);
  return section.name();
}

function peekLength(section: Reader): number {
  const { at } = section;
  const length = section.u32();
  section.at = at;
  return length;
}

export function typeOf(section: Reader, facts: ModuleFacts): FunctionType {
  const index = section.u32();
  return facts.types[index] ?? section.fail(`expected one of ${facts.types.length} types, got ${index}`);
}

export function functionIndex(section: Reader, facts: ModuleFacts): number {
  return indexOf(section, "functions", facts.functions.length);
}

export function indexOf(section: Reader, what: string, count: number): number {
  const index = section.u32();
  if (index >= count) section.fail(`expected one of ${count} ${what}, got ${index}`);
  return index;
}

/** Something else than a call may reach the function. */
export function letEscape(facts: ModuleFacts, index: number): void {
  facts.escaping[index] = 1;
}
