import type { Contract, EnumType, Interface, ResultType, WitFunction, WitType } from "./contract.ts";
import { capabilityName, typeName } from "./emit-capabilities.ts";
import { type Flat, flatten, importSignature, layout, payloadOffset, slots } from "./flatten.ts";
import { camel, pascal } from "./names.ts";
import { isSuspending } from "./suspending.ts";

/** The host side of one imported interface: core functions that lift arguments, call the capability, store the result. */
export function emitBinding(one: Interface, contract: Contract): string {
  const enums = one.types.filter((type) => type.kind === "enum");
  const suspends = one.functions.some((fn) => isSuspending(one, fn));
  const used = [...enums.map((type) => typeName(type, one)), capabilityName(one.name)].sort();
  return [
    `// Generated from wit/policy.wit (${contract.name}@${contract.version}) by \`npm run generate\`. Do not edit.\n`,
    `import type { ${used.join(", ")} } from "../capabilities.ts";`,
    `import type { GuestMemory } from "../memory.ts";`,
    `import type { CoreImports } from "./core.ts";`,
    ...(suspends ? [`import { suspending } from "./suspending.ts";`] : []),
    "",
    ...enums.flatMap((type) => enumTables(type, one)),
    `/** The core functions of \`${contract.name}/${one.name}\`. */`,
    `export function ${bindingName(one.name)}(guest: GuestMemory, host: ${capabilityName(one.name)}): CoreImports {`,
    `  return {`,
    `    __proto__: null,`,
    ...one.functions.map((fn) => (isSuspending(one, fn) ? emitSuspending(fn, one) : emitFunction(fn, one))),
    `  } as unknown as CoreImports;`,
    `}\n`,
  ].join("\n");
}

/** The table from interface to binding. */
export function emitBindings(contract: Contract): string {
  const names = contract.interfaces.map(({ name }) => name).filter((name) => contract.imports.includes(name));
  const imports = [...names.map((name) => [name, `{ ${bindingName(name)} }`]), ["core", "type { CoreImports }"]];
  return [
    `// Generated from wit/policy.wit (${contract.name}@${contract.version}) by \`npm run generate\`. Do not edit.\n`,
    `import type { Capabilities } from "../capabilities.ts";`,
    `import type { GuestMemory } from "../memory.ts";`,
    ...imports.sort().map(([path, what]) => `import ${what} from "./${path}.ts";`),
    `\n/** The core functions of an interface of the contract, bound to a guest's memory. */`,
    `export const BINDINGS: Readonly<Record<keyof Capabilities, (guest: GuestMemory, host: Capabilities) => CoreImports>> = {`,
    ...names.map((name) => `  "${name}": (guest, host) => ${bindingName(name)}(guest, host${member(name)}),`),
    `};\n`,
  ].join("\n");
}

function bindingName(name: string): string {
  return `bind${pascal(name)}`;
}

function enumTables(type: EnumType, owner: Interface): string[] {
  const name = typeName(type, owner);
  const usedAs = (place: (fn: WitFunction) => readonly WitType[]): boolean =>
    owner.functions.some((fn) => place(fn).some((one) => one === type));
  const tables: string[] = [];
  if (usedAs((fn) => fn.params.map((param) => param.type))) {
    tables.push(
      `const ${caseTable(name)}: readonly ${name}[] = [${type.cases.map((one) => `"${one}"`).join(", ")}];\n`,
    );
  }
  if (
    usedAs((fn) => (fn.result?.kind === "result" ? errorOf(fn.result) : fn.result === undefined ? [] : [fn.result]))
  ) {
    const entries = type.cases.map((one, index) => `"${one}": ${index}`);
    tables.push(`const ${indexTable(name)}: Readonly<Record<${name}, number>> = { ${entries.join(", ")} };\n`);
  }
  return tables;
}

function errorOf({ error }: ResultType): WitType[] {
  return error === undefined ? [] : [error];
}

function caseTable(name: string): string {
  return `${name.replace(/(?<=[a-z])([A-Z])/g, "_$1").toUpperCase()}_CASES`;
}

function indexTable(name: string): string {
  return `${name.replace(/(?<=[a-z])([A-Z])/g, "_$1").toUpperCase()}_INDEX`;
}

/** Hands out the names of the core parameters in order. */
interface Params {
  take(): string;
}

interface CoreCall {
  readonly names: readonly string[];
  /** Those that no argument took. */
  readonly params: Params;
  /** The call of the capability. */
  readonly call: string;
  /** The core parameters with their types. */
  readonly typed: string;
}

function coreCall(fn: WitFunction, owner: Interface): CoreCall {
  const names = importSignature(fn).params.map((_, index) => `p${index}`);
  let taken = 0;
  const params: Params = { take: () => names[taken++] as string };
  const values = fn.params.map((param) => lift(param.type, params, owner));
  const call = `host.${camel(fn.name)}(${values.join(", ")})`;
  return { names, params, call, typed: names.map((name) => `${name}: number`).join(", ") };
}

/** A function that the guest may have to sleep in: the host's answer is stored in the area of its last parameter. */
function emitSuspending(fn: WitFunction, owner: Interface): string {
  const { call, names, typed } = coreCall(fn, owner);
  const { result } = fn;
  if (result === undefined || !importSignature(fn).indirect) throw new TypeError(`${fn.name} has no result in memory`);
  const { size, align } = layout(result);
  return [
    `    "${fn.name}": suspending(guest, {`,
    `      params: ${names.length},`,
    `      call: (${typed.replace(/, \w+: number$/, "")}) => ${call},`,
    `      store(area, result) {`,
    `        const at = guest.area(area, ${size}, ${align});`,
    ...store(result, "result", 0, owner).map((line) => `        ${line}`),
    `      },`,
    `    }),`,
  ].join("\n");
}

function emitFunction(fn: WitFunction, owner: Interface): string {
  const core = importSignature(fn);
  const { params, call, typed } = coreCall(fn, owner);
  const body = ["guest.enter();", ...resultLines(fn.result, call, core.indirect ? params.take() : undefined, owner)];
  const head = `    "${fn.name}"(${typed}): ${core.results.length === 0 ? "void" : "number"} {`;
  return [head, ...body.map((line) => `      ${line}`), "    },"].join("\n");
}

/** An expression for a flat argument. */
function lift(type: WitType, params: Params, owner: Interface): string {
  switch (type.kind) {
    case "u32":
      return `${params.take()} >>> 0`;
    case "f64":
      return params.take();
    case "bool":
      return `${params.take()} !== 0`;
    case "enum":
      return `guest.oneOf(${caseTable(typeName(type, owner))}, ${params.take()})`;
    case "string":
      return `guest.text(${params.take()}, ${params.take()})`;
    case "list":
      return liftList(type.item, params);
    case "option":
      return `guest.some(${params.take()}) ? ${lift(type.item, params, owner)} : undefined`;
    default:
      throw new TypeError(`no lifting for an argument of type ${type.kind}`);
  }
}

function liftList(item: WitType, params: Params): string {
  const place = `${params.take()}, ${params.take()}`;
  if (item.kind === "u8") return `guest.bytes(${place})`;
  return `guest.list(${place}, ${layout(item).size}, (at) => ${load(item, 0)})`;
}

/** An expression for the value stored at \`at + offset\`, inside a list. */
function load(type: WitType, offset: number): string {
  if (type.kind === "string") return `guest.textAt(${plus("at", offset)})`;
  if (type.kind !== "tuple") throw new TypeError(`no lifting for a list of ${type.kind}`);
  const items = slots(type.items.map((item) => ({ name: "", type: item })));
  return `[${items.map((slot) => load(slot.type, offset + slot.offset)).join(", ")}]`;
}

function resultLines(type: WitType | undefined, call: string, area: string | undefined, owner: Interface): string[] {
  if (type === undefined) return [`${call};`, "guest.leave();"];
  if (area === undefined) return [`const result = ${direct(type, call, owner)};`, "guest.leave();", "return result;"];
  const { size, align } = layout(type);
  return [
    `const result = ${call};`,
    `const at = guest.area(${area}, ${size}, ${align});`,
    ...store(type, "result", 0, owner),
    "guest.leave();",
  ];
}

function direct(type: WitType, call: string, owner: Interface): string {
  if (type.kind === "bool") return `${call} ? 1 : 0`;
  if (type.kind === "enum") return `${indexTable(typeName(type, owner))}[${call}]`;
  const flat: Flat[] = flatten(type);
  if (flat.length === 1) return call;
  throw new TypeError(`no direct result of type ${type.kind}`);
}

/** Statements that store a value at \`at + offset\`. */
function store(type: WitType, value: string, offset: number, owner: Interface, base = "at"): string[] {
  const at = plus(base, offset);
  switch (type.kind) {
    case "bool":
      return [`guest.setByte(${at}, ${value} ? 1 : 0);`];
    case "u32":
      return [`guest.setWord(${at}, ${value});`];
    case "f64":
      return [`guest.setDouble(${at}, ${value});`];
    case "string":
      return [`guest.setText(${at}, ${value});`];
    case "record":
      return slots(type.fields).flatMap((slot) =>
        store(slot.type, `${value}.${camel(slot.name)}`, offset + slot.offset, owner, base),
      );
    case "tuple":
      return slots(type.items.map((item, index) => ({ name: String(index), type: item }))).flatMap((slot) =>
        store(slot.type, `${value}[${slot.name}]`, offset + slot.offset, owner, base),
      );
    case "list":
      return storeList(type.item, value, at, owner);
    case "option":
      return storeOption(type.item, value, offset, owner, base);
    case "enum":
      return [`guest.setByte(${at}, ${indexTable(typeName(type, owner))}[${value}]);`];
    case "result":
      return storeResult(type, value, offset, owner, base);
    default:
      throw new TypeError(`no storing for ${type.kind}`);
  }
}

function storeList(item: WitType, value: string, at: string, owner: Interface): string[] {
  if (item.kind === "u8") return [`guest.setBytes(${at}, ${value});`];
  if (item.kind === "string") return [`guest.setTexts(${at}, ${value});`];
  const each = store(item, "item", 0, owner, "to").map((line) => line.replace(/;$/, ""));
  const body = each.length === 1 ? each[0] : `{ ${each.join("; ")}; }`;
  const { size, align } = layout(item);
  return [`guest.setList(${at}, ${value}, ${size}, ${align}, (to, item) => ${body});`];
}

function storeOption(item: WitType, value: string, offset: number, owner: Interface, base: string): string[] {
  const tag = plus(base, offset);
  return [
    `if (${value} === undefined) {`,
    `  guest.setByte(${tag}, 0);`,
    `} else {`,
    `  guest.setByte(${tag}, 1);`,
    ...store(item, value, offset + payloadOffset([item]), owner, base).map((line) => `  ${line}`),
    `}`,
  ];
}

/** The host gives the case of the error as text, and anything else for the record. */
function storeResult(
  { ok, error }: ResultType,
  value: string,
  offset: number,
  owner: Interface,
  base: string,
): string[] {
  if (ok === undefined || error === undefined) throw new TypeError("no storing for an empty result");
  const payload = offset + payloadOffset([ok, error]);
  return [
    `if (typeof ${value} === "string") {`,
    `  guest.setByte(${plus(base, offset)}, 1);`,
    ...store(error, value, payload, owner, base).map((line) => `  ${line}`),
    `} else {`,
    `  guest.setByte(${plus(base, offset)}, 0);`,
    ...store(ok, value, payload, owner, base).map((line) => `  ${line}`),
    `}`,
  ];
}

function plus(base: string, offset: number): string {
  return offset === 0 ? base : `${base} + ${offset}`;
}

function member(name: string): string {
  return /^[a-z]+$/.test(name) ? `.${name}` : `["${name}"]`;
}
