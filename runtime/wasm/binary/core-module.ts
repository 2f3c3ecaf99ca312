import { type Reader, reader } from "./reader.ts";

export interface CoreImport {
  readonly module: string;
  readonly name: string;
  /** `(i32,i32)->(i32)` of a function; the kind of anything else. */
  readonly type: string;
}

export interface CoreExport {
  readonly name: string;
  /** As of {@link CoreImport}. */
  readonly type: string;
}

/** The outside of a core module. */
export interface CoreOutline {
  readonly imports: readonly CoreImport[];
  readonly exports: readonly CoreExport[];
}

const SECTION = { type: 1, import: 2, function: 3, export: 7, last: 13 } as const;
const KINDS = ["function", "table", "memory", "global", "tag"] as const;
const VALUE_TYPES: Readonly<Record<number, string>> = { 127: "i32", 126: "i64", 125: "f32", 124: "f64", 123: "v128" };
const FUNCTION_TYPE = 0x60;

interface Found {
  types: string[];
  /** Types of functions by index, imported ones first. */
  functions: string[];
  imports: CoreImport[];
  exports: CoreExport[];
}

/** Reads imports, exports and their types. The engine checks the rest. @throws COMPONENT_INVALID */
export function readCoreModule(bytes: Uint8Array): CoreOutline {
  const found: Found = { types: [], functions: [], imports: [], exports: [] };
  const input = reader(bytes);
  input.take(8);
  while (!input.done()) {
    const id = input.byte();
    if (id > SECTION.last) input.fail(`expected the id of a section, got ${id}`);
    readSection(id, input.section(input.u32()), found);
  }
  return { imports: found.imports, exports: found.exports };
}

function readSection(id: number, section: Reader, found: Found): void {
  if (id === SECTION.type) found.types.push(...section.vector(() => functionType(section)));
  if (id === SECTION.import) section.vector(() => readImport(section, found));
  if (id === SECTION.function) found.functions.push(...section.vector(() => typeAt(section, found)));
  if (id === SECTION.export) found.exports.push(...section.vector(() => readExport(section, found)));
}

function functionType(section: Reader): string {
  if (section.byte() !== FUNCTION_TYPE) section.fail("expected a function type");
  const params = section.vector(() => valueType(section));
  const results = section.vector(() => valueType(section));
  return `(${params.join(",")})->(${results.join(",")})`;
}

function valueType(section: Reader): string {
  return VALUE_TYPES[section.byte()] ?? "ref";
}

function typeAt(section: Reader, found: Found): string {
  return found.types[section.u32()] ?? section.fail("expected the index of a type");
}

function readImport(section: Reader, found: Found): void {
  const module = section.name();
  const name = section.name();
  const kind = kindOf(section);
  if (kind === "function") found.functions.push(typeAt(section, found));
  else skipDescription(section, kind);
  found.imports.push({ module, name, type: kind === "function" ? (found.functions.at(-1) as string) : kind });
}

function readExport(section: Reader, found: Found): CoreExport {
  const name = section.name();
  const kind = kindOf(section);
  const index = section.u32();
  if (kind !== "function") return { name, type: kind };
  return { name, type: found.functions[index] ?? section.fail("expected the index of a function") };
}

function kindOf(section: Reader): (typeof KINDS)[number] {
  return KINDS[section.byte()] ?? section.fail("expected the kind of an import or export");
}

function skipDescription(section: Reader, kind: string): void {
  if (kind === "table" || kind === "global" || kind === "tag") section.byte();
  if (kind === "global") section.byte();
  if (kind === "tag") section.u32();
  if (kind !== "table" && kind !== "memory") return;
  const flags = section.byte();
  section.skipSigned();
  if ((flags & 1) === 1) section.skipSigned();
}
