import type { Contract, Interface, WitFunction, WitType } from "./contract.ts";
import { camel, comment, pascal } from "./names.ts";
import { isSuspending } from "./suspending.ts";

/**
 * The TypeScript interface of every capability as the host implements it, in the JavaScript types that jco's glue uses
 * too: enums are their case names, an absent option is undefined, tuples are arrays, records have camel-case fields. A result
 * is its record, or the case that says why there is none.
 */
export function emitCapabilities(contract: Contract): string {
  const imported = contract.interfaces.filter(({ name }) => contract.imports.includes(name));
  const all = imported.map(
    ({ name, docs }) => `${comment(docs, "  ")}  readonly ${quote(name)}: ${capabilityName(name)};`,
  );
  return [
    `// Generated from wit/policy.wit (${contract.name}@${contract.version}) by \`npm run generate\`. Do not edit.\n`,
    `import type { Pending } from "./pending.ts";\n`,
    ...imported.flatMap(emitInterface),
    `/** The host side of everything a guest may import, by interface. */`,
    `export interface Capabilities {\n${all.join("\n")}\n}\n`,
  ].join("\n");
}

/** `local-response` -> `LocalResponseCapability`. */
export function capabilityName(name: string): string {
  return `${pascal(name)}Capability`;
}

/** The name of a declared type in the generated TypeScript. */
export function typeName(type: { readonly name: string }, owner: Interface): string {
  return pascal(`${owner.name}-${type.name}`);
}

function emitInterface(one: Interface): string[] {
  const types = one.types.map((type) => {
    const head = `${comment(type.docs)}export `;
    if (type.kind === "enum") {
      return `${head}type ${typeName(type, one)} = ${type.cases.map((name) => `"${name}"`).join(" | ")};\n`;
    }
    const fields = type.fields.map((field) => `  readonly ${camel(field.name)}: ${hostType(field.type, one)};`);
    return `${head}interface ${typeName(type, one)} {\n${fields.join("\n")}\n}\n`;
  });
  const methods = one.functions.map((fn) => emitMethod(fn, one));
  return [...types, `${comment(one.docs)}export interface ${capabilityName(one.name)} {\n${methods.join("")}}\n`];
}

function emitMethod(fn: WitFunction, owner: Interface): string {
  const params = fn.params.map((param) => `${camel(param.name)}: ${hostType(param.type, owner)}`).join(", ");
  const answer = fn.result === undefined ? "void" : hostType(fn.result, owner);
  const result = isSuspending(owner, fn) ? `${answer} | Pending<${answer}>` : answer;
  return `${comment(fn.docs, "  ")}  ${camel(fn.name)}(${params}): ${result};\n`;
}

function hostType(type: WitType, owner: Interface): string {
  switch (type.kind) {
    case "bool":
      return "boolean";
    case "u8":
    case "u32":
    case "f64":
      return "number";
    case "string":
      return "string";
    case "enum":
    case "record":
      return typeName(type, owner);
    case "option":
      return `${hostType(type.item, owner)} | undefined`;
    case "tuple":
      return `[${type.items.map((item) => hostType(item, owner)).join(", ")}]`;
    case "list":
      return type.item.kind === "u8" ? "Uint8Array" : `${hostType(type.item, owner)}[]`;
    case "result":
      if (type.ok?.kind !== "record" || type.error?.kind !== "enum")
        throw new TypeError("no host type for such a result");
      return `${hostType(type.ok, owner)} | ${hostType(type.error, owner)}`;
  }
}

function quote(name: string): string {
  return /^[a-z]+$/.test(name) ? name : `"${name}"`;
}
