import type { Contract, EnumType, Interface, WitFunction, WitType } from "./contract.ts";
import { capabilityName, typeName } from "./emit-capabilities.ts";
import { type Flat, flatten, importSignature, layout, payloadOffset, slots } from "./flatten.ts";
import { camel, pascal } from "./names.ts";

/** The host side of one imported interface: core functions that lift arguments, call the capability, store the result. */
export function emitBinding(one: Interface, contract: Contract): string {
  const enums = one.types.filter((type) => type.kind === "enum");
  const used = [...enums.map((type) => typeName(type, one)), capabilityName(one.name)].sort();
  return [
    `// Generated from wit/policy.wit (${contract.name}@${contract.version}) by \`npm run generate\`. Do not edit.\n`,
    `import type { ${used.join(", ")} } from "../capabilities.ts";`,
    `import type { GuestMemory } from "../memory.ts";`,
    `import type { CoreImports } from "./core.ts";\n`,
    ...enums.flatMap((type) => enumTables(type, one)),
    `/** The core functions of \`${contract.name}/${one.name}\`. */`,
    `export function ${bindingName(one.name)}(guest: GuestMemory, host: ${capabilityName(one.name)}): CoreImports {`,
    `  return {`,
    `    __proto__: null,`,
    ...one.functions.map((fn) => emitFunction(fn, one)),
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
  if (usedAs((fn) => (fn.result === undefined ? [] : [fn.result]))) {
    const entries = type.cases.map((one, index) => `"${one}": ${index}`);
    tables.push(`const ${indexTable(name)}: Readonly<Record<${name}, number>> = { ${entries.join(", ")} };\n`);
  }
  return tables;
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

function emitFunction(fn: WitFunction, owner: Interface): string {
  const core = importSignature(fn);
  const names = core.params.map((_, index) => `p${index}`);
  let taken = 0;
  const params: Params = { take: () => names[taken++] as string };
  const values = fn.params.map((param) => lift(param.type, params, owner));
  const call = `host.${camel(fn.name)}(${values.join(", ")})`;
  const typed = names.map((name) => `${name}: number`).join(", ");
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
    ...store(type, "result", 0),
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
function store(type: WitType, value: string, offset: number, base = "at"): string[] {
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
        store(slot.type, `${value}.${camel(slot.name)}`, offset + slot.offset, base),
      );
    case "tuple":
      return slots(type.items.map((item, index) => ({ name: String(index), type: item }))).flatMap((slot) =>
        store(slot.type, `${value}[${slot.name}]`, offset + slot.offset, base),
      );
    case "list":
      return storeList(type.item, value, at);
    case "option":
      return storeOption(type.item, value, offset, base);
    default:
      throw new TypeError(`no storing for ${type.kind}`);
  }
}

function storeList(item: WitType, value: string, at: string): string[] {
  if (item.kind === "u8") return [`guest.setBytes(${at}, ${value});`];
  if (item.kind === "string") return [`guest.setTexts(${at}, ${value});`];
  const each = store(item, "item", 0, "to").map((line) => line.replace(/;$/, ""));
  const body = each.length === 1 ? each[0] : `{ ${each.join("; ")}; }`;
  const { size, align } = layout(item);
  return [`guest.setList(${at}, ${value}, ${size}, ${align}, (to, item) => ${body});`];
}

function storeOption(item: WitType, value: string, offset: number, base: string): string[] {
  const tag = plus(base, offset);
  return [
    `if (${value} === undefined) {`,
    `  guest.setByte(${tag}, 0);`,
    `} else {`,
    `  guest.setByte(${tag}, 1);`,
    ...store(item, value, offset + payloadOffset([item]), base).map((line) => `  ${line}`),
    `}`,
  ];
}

function plus(base: string, offset: number): string {
  return offset === 0 ? base : `${base} + ${offset}`;
}

function member(name: string): string {
  return /^[a-z]+$/.test(name) ? `.${name}` : `["${name}"]`;
}
