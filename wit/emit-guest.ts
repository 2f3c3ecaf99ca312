import type { Contract, Interface, ResultType, WitFunction, WitType } from "./contract.ts";
import { flatten, importSignature, layout, payloadOffset, slots } from "./flatten.ts";
import { camel, comment, pascal } from "./names.ts";

/**
 * The AssemblyScript side of every imported function: a declaration of the core import and a typed wrapper that lowers
 * its arguments and lifts its result. Strings and byte lists that the host lowered are managed objects already, because
 * the SDK's `cabi_realloc` made them; lifting one is a cast.
 */
export function emitGuest(contract: Contract): string {
  const imported = contract.interfaces.filter(({ name }) => contract.imports.includes(name));
  const types = imported.flatMap((one) => one.types.map((type) => nameOf(type, one)));
  const prelude = PRELUDE.replace("$CONTRACT", `${contract.name}@${contract.version}`);
  return [
    prelude.replace("$TYPES", ["Header", ...types].join(", ")),
    ...imported.map((one) => emitInterface(one, contract)),
  ].join("\n");
}

/** The AssemblyScript types of the contract, for the generated functions and for what stands in for them. */
export function emitGuestTypes(contract: Contract): string {
  const imported = contract.interfaces.filter(({ name }) => contract.imports.includes(name));
  const types = imported.flatMap((one) => one.types.map((type) => emitType(type, one)));
  return [GENERATED.replace("$CONTRACT", `${contract.name}@${contract.version}`), HEADER, ...types].join("\n");
}

const GENERATED = "// Generated from wit/policy.wit ($CONTRACT) by `npm run generate`. Do not edit.\n";

const HEADER = `/** A name and its value: \`tuple<string, string>\`. */
export class Header {
  constructor(public name: string, public value: string) {}
}
`;

const PRELUDE = `${GENERATED}
import { $TYPES } from "./contract";
export * from "./contract";

/** Where the host stores results that do not fit into one core value. */
const area: usize = memory.data(64, 8);

// @ts-ignore: decorator
@inline
function liftText(pointer: usize, length: i32): string {
  return length == 0 ? "" : changetype<string>(pointer);
}

// @ts-ignore: decorator
@inline
function liftBytes(pointer: usize, length: i32): Uint8Array {
  return length == 0 ? new Uint8Array(0) : Uint8Array.wrap(changetype<ArrayBuffer>(pointer));
}

/** A value, or where that is null the number of the case that says why there is none. */
export class Result<Ok> {
  constructor(public ok: Ok | null, public error: i32) {}
}

function liftTexts(pointer: usize, length: i32): string[] {
  const list = new Array<string>(length);
  for (let i = 0; i < length; i++, pointer += 8) list[i] = liftText(load<usize>(pointer), load<i32>(pointer, 4));
  return list;
}

function liftHeaders(pointer: usize, length: i32): Header[] {
  const list = new Array<Header>(length);
  for (let i = 0; i < length; i++, pointer += 16) {
    list[i] = new Header(liftText(load<usize>(pointer), load<i32>(pointer, 4)), liftText(load<usize>(pointer, 8), load<i32>(pointer, 12)));
  }
  return list;
}

function lowerHeaders(list: Header[]): StaticArray<usize> {
  const flat = new StaticArray<usize>(list.length * 4);
  for (let i = 0; i < list.length; i++) {
    const header = list[i];
    flat[i * 4] = changetype<usize>(header.name);
    flat[i * 4 + 1] = header.name.length;
    flat[i * 4 + 2] = changetype<usize>(header.value);
    flat[i * 4 + 3] = header.value.length;
  }
  return flat;
}
`;

function emitInterface(one: Interface, contract: Contract): string {
  const functions = one.functions.map((fn) => emitFunction(fn, one, contract));
  return `// ${one.name}\n\n${functions.join("\n")}`;
}

type NamedType = Interface["types"][number];

function nameOf(type: NamedType, owner: Interface): string {
  return pascal(`${owner.name}-${type.name}`);
}

function emitType(type: NamedType, owner: Interface): string {
  const head = comment(type.docs);
  const name = nameOf(type, owner);
  if (type.kind === "enum")
    return `${head}export const enum ${name} {\n${type.cases.map((one) => `  ${pascal(one)},\n`).join("")}}\n`;
  const fields = type.fields.map((field) => `public ${camel(field.name)}: ${guestType(field.type, owner)}`);
  return `${head}export class ${name} {\n  constructor(${fields.join(", ")}) {}\n}\n`;
}

function emitFunction(fn: WitFunction, owner: Interface, contract: Contract): string {
  const name = camel(`${owner.name}-${fn.name}`);
  const core = importSignature(fn);
  const module = `${contract.name}/${owner.name}@${contract.version}`;
  const returns = core.results[0] ?? "void";
  const declared = core.params.map((type, index) => `p${index}: ${type}`).join(", ");
  const params = fn.params.map((param) => `${camel(param.name)}: ${guestType(param.type, owner)}`).join(", ");
  const result = fn.result === undefined ? "void" : guestType(fn.result, owner);
  return [
    `// @ts-ignore: decorator`,
    `@external("${module}", "${fn.name}")`,
    `declare function $${name}(${declared}): ${returns};\n`,
    `${comment(fn.docs)}export function ${name}(${params}): ${result} {`,
    ...callLines(fn, name, core.indirect, owner).map((line) => `  ${line}`),
    `}\n`,
  ].join("\n");
}

function callLines(fn: WitFunction, name: string, indirect: boolean, owner: Interface): string[] {
  const before: string[] = [];
  const values = fn.params.flatMap((param) => lower(camel(param.name), param.type, before));
  const call = `$${name}(${[...values, ...(indirect ? ["<i32>area"] : [])].join(", ")})`;
  if (fn.result === undefined) return [...before, `${call};`];
  if (!indirect) return [...before, `return ${fn.result.kind === "bool" ? `${call} != 0` : call};`];
  return [...before, `${call};`, `return ${lift(fn.result, "area", 0, owner)};`];
}

/** Expressions for the flat values of an argument. */
function lower(value: string, type: WitType, before: string[]): string[] {
  switch (type.kind) {
    case "string":
      return [`<i32>changetype<usize>(${value})`, `${value}.length`];
    case "list":
      if (type.item.kind === "u8") return [`<i32>${value}.dataStart`, `${value}.length`];
      if (guestListItem(type.item) !== "Header") break;
      before.push(`const flat${pascal(value)} = lowerHeaders(${value});`);
      return [`<i32>changetype<usize>(flat${pascal(value)})`, `${value}.length`];
    case "option":
      if (type.item.kind !== "string") break;
      return [`i32(${value} !== null)`, `<i32>changetype<usize>(${value})`, `${value} === null ? 0 : ${value}.length`];
    default:
      if (flatten(type).length === 1) return [type.kind === "f64" ? value : `<i32>${value}`];
  }
  throw new TypeError(`no lowering for an argument of type ${type.kind}`);
}

/** An expression for the value stored at \`base + offset\`. */
function lift(type: WitType, base: string, offset: number, owner: Interface): string {
  const at = (more = 0): string => (offset + more === 0 ? base : `${base}, ${offset + more}`);
  switch (type.kind) {
    case "string":
      return `liftText(load<usize>(${at()}), load<i32>(${at(4)}))`;
    case "list":
      return `${listReader(type.item)}(load<usize>(${at()}), load<i32>(${at(4)}))`;
    case "record":
      return `new ${pascal(`${owner.name}-${type.name}`)}(${slots(type.fields)
        .map((slot) => lift(slot.type, base, offset + slot.offset, owner))
        .join(", ")})`;
    case "option": {
      const some = lift(type.item, base, offset + payloadOffset([type.item]), owner);
      return isReference(type.item) ? `load<u8>(${at()}) == 0 ? null : ${some}` : maybe(type.item, some, at());
    }
    case "bool":
      return `load<u8>(${at()}) != 0`;
    case "u32":
    case "f64":
      return `load<${type.kind}>(${at()})`;
    case "enum":
      return `<i32>load<u8>(${at()})`;
    case "result":
      return liftResult(type, base, offset, owner);
    default:
      throw new TypeError(`no lifting for ${type.kind} of ${layout(type).size} bytes`);
  }
}

function liftResult(type: ResultType, base: string, offset: number, owner: Interface): string {
  const { ok, error } = type;
  if (ok?.kind !== "record" || error?.kind !== "enum") throw new TypeError("no lifting for such a result");
  const payload = offset + payloadOffset([ok, error]);
  const tag = offset === 0 ? base : `${base}, ${offset}`;
  const name = guestType(type, owner);
  return `load<u8>(${tag}) != 0 ? new ${name}(null, ${lift(error, base, payload, owner)}) : new ${name}(${lift(ok, base, payload, owner)}, 0)`;
}

/** AssemblyScript has no nullable numbers: an absent f64 is NaN, an absent bool is -1. */
function maybe(item: WitType, some: string, tag: string): string {
  if (item.kind === "f64") return `load<u8>(${tag}) == 0 ? NaN : ${some}`;
  if (item.kind === "bool") return `load<u8>(${tag}) == 0 ? -1 : i32(${some})`;
  throw new TypeError(`no lifting for option<${item.kind}>`);
}

function listReader(item: WitType): string {
  const name = guestListItem(item);
  return name === "Header" ? "liftHeaders" : name === "string" ? "liftTexts" : "liftBytes";
}

function guestListItem(item: WitType): "Header" | "string" | "u8" {
  if (item.kind === "u8" || item.kind === "string") return item.kind;
  if (item.kind === "tuple" && item.items.length === 2 && item.items.every((one) => one.kind === "string"))
    return "Header";
  throw new TypeError(`no AssemblyScript type for list<${item.kind}>`);
}

function isReference(type: WitType): boolean {
  return type.kind === "string" || type.kind === "list" || type.kind === "record";
}

function guestType(type: WitType, owner: Interface): string {
  switch (type.kind) {
    case "enum":
    case "record":
      return pascal(`${owner.name}-${type.name}`);
    case "list":
      return guestListItem(type.item) === "u8" ? "Uint8Array" : `${guestListItem(type.item)}[]`;
    case "option":
      if (isReference(type.item)) return `${guestType(type.item, owner)} | null`;
      return type.item.kind === "bool" ? "i32" : guestType(type.item, owner);
    case "result":
      if (type.ok === undefined) throw new TypeError("no AssemblyScript type for an empty result");
      return `Result<${guestType(type.ok, owner)}>`;
    case "tuple":
      throw new TypeError(`no AssemblyScript type for ${type.kind}`);
    default:
      return type.kind;
  }
}
