import type { Reader } from "../binary/reader.ts";
import { CAPS } from "./caps.ts";
import { judgeConstant } from "./judge-constant.ts";
import type { ModuleFacts } from "./module-facts.ts";
import { countOf, functionIndex, indexOf, letEscape, nameOf, typeOf } from "./pieces.ts";
import { RESERVED } from "./reserved.ts";
import { valueType } from "./value-type.ts";

const FUNCTION_TYPE = 0x60;
/** Types of the proposals of garbage collection and typed references. */
const NEWER_TYPES = new Set([0x4d, 0x4e, 0x4f, 0x50, 0x5d, 0x5e, 0x5f]);

export function judgeTypes(section: Reader, facts: ModuleFacts): void {
  const count = countOf(section, "types", CAPS.types);
  for (let index = 0; index < count; index++) {
    const form = section.byte();
    if (NEWER_TYPES.has(form)) section.refuse(`expected a function type, got the form 0x${form.toString(16)}`);
    if (form !== FUNCTION_TYPE) section.fail(`expected a function type, got 0x${form.toString(16)}`);
    const params = valueTypes(section, "parameters", CAPS.params);
    const results = valueTypes(section, "results", CAPS.results);
    const text = `(${params.join(",")})->(${results.join(",")})`;
    facts.types.push({ params: params.length, results: results.length, text });
  }
}

function valueTypes(section: Reader, what: string, most: number): string[] {
  return Array.from({ length: countOf(section, what, most) }, () => valueType(section));
}

export function judgeFunctions(section: Reader, facts: ModuleFacts): void {
  const count = countOf(section, "functions", CAPS.functions, facts.functions.length);
  for (let index = 0; index < count; index++) facts.functions.push(typeOf(section, facts));
  facts.escaping = new Uint8Array(facts.functions.length);
}

export function judgeGlobals(section: Reader, facts: ModuleFacts): void {
  const count = countOf(section, "globals", CAPS.globals, facts.globals);
  for (let index = 0; index < count; index++) {
    valueType(section);
    if (section.byte() > 1) section.fail("expected 0 or 1 for whether a global changes");
    judgeConstant(section, facts);
    facts.globals++;
  }
}

const EXPORT = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

export function judgeExports(section: Reader, facts: ModuleFacts): void {
  const count = countOf(section, "exports", CAPS.exports);
  const names = new Set<string>();
  for (let index = 0; index < count; index++) {
    const name = nameOf(section);
    if (names.has(name)) section.fail("expected each export once, got a name again");
    if (name.startsWith(RESERVED)) section.refuse(`expected no export ${RESERVED}…: the host's own are called so`);
    names.add(name);
    facts.exports.push({ name, type: readExport(section, facts, name) });
  }
}

function readExport(section: Reader, facts: ModuleFacts, name: string): string {
  const kind = section.byte();
  if (kind === EXPORT.function) return exportFunction(section, facts, name);
  if (kind === EXPORT.table) return indexed(section, "table", facts.tables);
  if (kind === EXPORT.memory) return indexed(section, "memory", facts.memories);
  if (kind === EXPORT.global) return indexed(section, "global", facts.globals);
  if (kind === EXPORT.tag) return section.refuse("expected no exported tag, got one: exceptions");
  return section.fail(`expected the kind of an export, got ${kind}`);
}

function exportFunction(section: Reader, facts: ModuleFacts, name: string): string {
  const index = functionIndex(section, facts);
  facts.exportedFunctions.set(name, index);
  letEscape(facts, index);
  return (facts.functions[index] as { text: string }).text;
}

function indexed(section: Reader, kind: string, count: number): string {
  indexOf(section, `exported kind ${kind}`, count);
  return kind;
}

export function judgeStart(section: Reader, facts: ModuleFacts): void {
  const index = functionIndex(section, facts);
  if (facts.functions[index]?.text !== "()->()")
    section.fail("expected a start function without parameters and results");
  letEscape(facts, index);
  facts.start = index;
}
