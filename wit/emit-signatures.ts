import type { Contract, Interface, WitType } from "./contract.ts";
import { exportSignature, importSignature, type Signature } from "./flatten.ts";

/** The names of the contract and the core signature of every function, as constants. */
export function emitSignatures(contract: Contract): string {
  const named = (names: readonly string[]): Interface[] =>
    contract.interfaces.filter(({ name }) => names.includes(name));
  const hooks = contract.exports.map((name) => `  "${name}",`).join("\n");
  return [
    `// Generated from wit/policy.wit by \`npm run generate\`. Do not edit.\n`,
    `export const CONTRACT = "${contract.name}";`,
    `export const CONTRACT_VERSION = "${contract.version}";\n`,
    `/** The interfaces that a filter may export. */`,
    `export const HOOKS = [\n${hooks}\n] as const;\n`,
    `/** Core signatures of what a filter may import, by interface and function: \`(i32,i32)->(i32)\`. */`,
    `export const IMPORT_SIGNATURES: Readonly<Record<string, Readonly<Record<string, string>>>> = ${table(named(contract.imports), importSignature)};\n`,
    `/** JavaScript types of the arguments of what a filter may import, as general glue passes them. */`,
    `export const ARGUMENT_TYPES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = ${argumentTable(named(contract.imports))};\n`,
    `/** Core signatures of the hooks, by interface and function. */`,
    `export const EXPORT_SIGNATURES: Readonly<Record<string, Readonly<Record<string, string>>>> = ${table(named(contract.exports), exportSignature)};\n`,
  ].join("\n");
}

function table(interfaces: Interface[], signatureOf: (fn: Interface["functions"][number]) => Signature): string {
  const rows = interfaces.map(({ name, functions }) => {
    const cells = functions.map((fn) => `    "${fn.name}": "${spell(signatureOf(fn))}",`);
    return `  "${name}": {\n${cells.join("\n")}\n  },`;
  });
  return `{\n${rows.join("\n")}\n}`;
}

function spell({ params, results }: Signature): string {
  return `(${params.join(",")})->(${results.join(",")})`;
}

function argumentTable(interfaces: Interface[]): string {
  const rows = interfaces.map(({ name, functions }) => {
    const cells = functions.map((fn) => {
      const types = fn.params.map(({ type }) => `"${argumentType(type)}"`);
      return `    "${fn.name}": [${types.join(", ")}],`;
    });
    return `  "${name}": {\n${cells.join("\n")}\n  },`;
  });
  return `{\n${rows.join("\n")}\n}`;
}

/** `string`, `number`, `boolean`, `bytes`, `X[]`, `X?`; a tuple is a list of its first type. */
function argumentType(type: WitType): string {
  switch (type.kind) {
    case "bool":
      return "boolean";
    case "u8":
    case "u32":
    case "f64":
      return "number";
    case "string":
    case "enum":
      return "string";
    case "option":
      return `${argumentType(type.item)}?`;
    case "list":
      return type.item.kind === "u8" ? "bytes" : `${argumentType(type.item)}[]`;
    case "tuple":
      return `${argumentType(type.items[0] as WitType)}[]`;
    default:
      throw new TypeError(`no argument of type ${type.kind}`);
  }
}
