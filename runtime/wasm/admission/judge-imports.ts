import type { Reader } from "../binary/reader.ts";
import { CAPS } from "./caps.ts";
import { addMemory, addTable, readBounds, readMemoryBounds } from "./judge-limits.ts";
import type { ModuleFacts } from "./module-facts.ts";
import { countOf, nameOf, typeOf } from "./pieces.ts";
import { referenceType, valueType } from "./value-type.ts";

const KIND = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

/** An import of any kind is read; which ones are satisfied is decided by whoever knows the host. */
export function judgeImports(section: Reader, facts: ModuleFacts): void {
  const count = countOf(section, "imports", CAPS.imports);
  for (let index = 0; index < count; index++) {
    const [module, name] = [nameOf(section), nameOf(section)];
    facts.imports.push({ module, name, type: readImport(section, facts) });
  }
  facts.importedFunctions = facts.functions.length;
}

function readImport(section: Reader, facts: ModuleFacts): string {
  const kind = section.byte();
  if (kind === KIND.function) return importFunction(section, facts);
  if (kind === KIND.table) return importTable(section, facts);
  if (kind === KIND.global) return importGlobal(section, facts);
  if (kind === KIND.tag) return section.refuse("expected no imported tag, got one: exceptions");
  if (kind !== KIND.memory) return section.fail(`expected the kind of an import, got ${kind}`);
  addMemory(section, facts);
  readMemoryBounds(section);
  return "memory";
}

function importFunction(section: Reader, facts: ModuleFacts): string {
  const type = typeOf(section, facts);
  refuseExtern(section, type.text.includes("externref"));
  facts.functions.push(type);
  return type.text;
}

function importTable(section: Reader, facts: ModuleFacts): string {
  addTable(section, facts);
  refuseExtern(section, referenceType(section) === "externref");
  readBounds(section);
  return "table";
}

function importGlobal(section: Reader, facts: ModuleFacts): string {
  refuseExtern(section, valueType(section) === "externref");
  if (section.byte() > 1) section.fail("expected 0 or 1 for whether a global changes");
  facts.globals++;
  return "global";
}

/** No object of the host ever reaches a guest. */
function refuseExtern(section: Reader, found: boolean): void {
  if (found) section.refuse("expected imports of numbers and functions, got one with externref");
}
