import { HeddleError } from "../../errors.ts";
import { Reader } from "./reader.ts";

/** What this host has to know about a component (WebAssembly/component-model, design/mvp/Binary.md). */
export interface ComponentOutline {
  /** The embedded core modules, in order. */
  readonly modules: readonly Uint8Array[];
  /** Names of imports and exports. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  /**
   * Whether no function is lifted or lowered with another string encoding than UTF-16. Tools
   * name the encoding wherever a function has strings.
   */
  readonly utf16: boolean;
}

const SECTION = { custom: 0, module: 1, component: 4, canon: 8, import: 10, export: 11, last: 12 } as const;
const SORT_CORE = 0x00;
const EXTERN_TYPE = 0x03;

/**
 * Walks a component's sections.
 *
 * @throws COMPONENT_INVALID when one is out of bounds, unknown or malformed; COMPONENT_UNSUPPORTED for asynchronous functions
 */
export function readComponent(bytes: Uint8Array): ComponentOutline {
  const found = { modules: [] as Uint8Array[], imports: [] as string[], exports: [] as string[], utf16: true };
  const input = new Reader(bytes, 8);
  while (!input.done()) {
    const id = input.byte();
    if (id > SECTION.last) input.fail(`expected the id of a section, got ${id}`);
    const length = input.u32();
    if (id === SECTION.module) found.modules.push(input.take(length));
    else readSection(id, input.section(length), found);
  }
  return found;
}

type Found = { imports: string[]; exports: string[]; utf16: boolean };

function readSection(id: number, section: Reader, found: Found): void {
  if (id === SECTION.custom) section.name();
  if (id === SECTION.canon && !section.vector(() => isUtf16(section)).every(Boolean)) found.utf16 = false;
  if (id === SECTION.import) found.imports.push(...section.vector(() => importName(section)));
  if (id === SECTION.export) found.exports.push(...exportNames(section));
}

function importName(section: Reader): string {
  const name = externName(section);
  skipExternDescription(section);
  return name;
}

function exportNames(section: Reader): string[] {
  return section.vector(() => {
    const name = externName(section);
    if (section.byte() === SORT_CORE) section.byte();
    section.u32();
    if (section.byte() === 1) skipExternDescription(section);
    return name;
  });
}

function externName(section: Reader): string {
  const form = section.byte();
  if (form > 1) section.fail(`expected a plain name, got one of form ${form}`);
  return section.name();
}

/** A sort and an index, with a bound before the index where there is a choice. */
function skipExternDescription(section: Reader): void {
  const sort = section.byte();
  if (sort === SORT_CORE) section.byte();
  if (sort === EXTERN_TYPE && section.byte() === 1) return;
  section.u32();
}

const CANON = { lift: 0, lower: 1, resourceRep: 4 } as const;

/** Reads a canonical definition: lift, lower, or something that the direct binding has no part in. */
function isUtf16(section: Reader): boolean {
  const kind = section.byte();
  if (kind > CANON.resourceRep) throw asynchronous(`the canonical function ${kind}`);
  if (kind > CANON.lower) {
    section.u32();
    return false;
  }
  section.byte();
  section.u32();
  const options = section.vector(() => canonOption(section));
  if (kind === CANON.lift) section.u32();
  return !options.some((option) => FOREIGN.has(option));
}

const OPTION = { utf8: 0, utf16: 1, compact: 2, memory: 3, realloc: 4, postReturn: 5, async: 6, callback: 7 } as const;
const FOREIGN: ReadonlySet<number> = new Set([OPTION.utf8, OPTION.compact]);

function canonOption(section: Reader): number {
  const option = section.byte();
  if (option > OPTION.callback) section.fail(`expected a canonical option, got ${option}`);
  if (option >= OPTION.async) throw asynchronous(`the canonical option ${option}`);
  if (option >= OPTION.memory) section.u32();
  return option;
}

/** A hook answers before it returns; a guest that goes on afterwards would act outside of any exchange. */
function asynchronous(got: string): HeddleError {
  return new HeddleError("COMPONENT_UNSUPPORTED", `expected synchronous functions only, got ${got}`);
}

/** How deep components may lie in one another, where modules in them are replaced. */
const NESTING = 8;

/** The component with other core modules in the place of its own, also of those in components inside. @throws COMPONENT_INVALID */
export function mapModules(bytes: Uint8Array, replace: (module: Uint8Array) => Uint8Array, depth = 0): Uint8Array {
  const input = new Reader(bytes, 8);
  if (depth > NESTING) input.fail(`expected components at most ${NESTING} deep in one another`);
  const parts: Uint8Array[] = [bytes.subarray(0, 8)];
  while (!input.done()) {
    const start = input.at;
    const id = input.byte();
    const content = input.take(input.u32());
    if (id === SECTION.module) parts.push(...section(id, replace(content)));
    else if (id === SECTION.component) parts.push(...section(id, mapModules(content, replace, depth + 1)));
    else parts.push(bytes.subarray(start, input.at));
  }
  return Buffer.concat(parts);
}

function section(id: number, content: Uint8Array): Uint8Array[] {
  const head = [id];
  let rest = content.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return [Uint8Array.from([...head, rest]), content];
}
