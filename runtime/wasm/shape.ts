import { CONTRACT, CONTRACT_VERSION, EXPORT_SIGNATURES, HOOKS, IMPORT_SIGNATURES } from "../../wit/signatures.ts";
import { HeddleError } from "../errors.ts";
import type { CoreOutline } from "./admission/module-facts.ts";
import type { ComponentOutline } from "./binary/component.ts";
import type { Hook } from "./verdict.ts";

/** Versions of the contract that this host runs, the newest first. Each holds all of the older ones. */
const VERSIONS: readonly string[] = [CONTRACT_VERSION, "0.1.0"];

/** The name of an interface of the contract as components and their core modules write it. */
export function qualified(name: string, version: string): string {
  return `${CONTRACT}/${name}@${version}`;
}

/** What core modules export a hook as. */
export function hookExport(hook: Hook, version: string): string {
  return `${qualified(hook, version)}#${hook}`;
}

/** The hooks of an exchange and their core signatures, by what core modules of any version export them as. */
export const EXCHANGE_HOOKS: ReadonlyMap<string, string> = new Map(
  VERSIONS.flatMap((version) =>
    HOOKS.filter((hook) => hook !== "configure").map((hook): [string, string] => [
      hookExport(hook, version),
      EXPORT_SIGNATURES[hook]?.[hook] ?? "",
    ]),
  ),
);

/** The version of the contract that a component's exports follow; the newest where they follow none. */
export function contractVersion(exports: readonly string[]): string {
  const followed = VERSIONS.find((version) => HOOKS.some((hook) => exports.includes(qualified(hook, version))));
  return followed ?? CONTRACT_VERSION;
}

/**
 * The interface that a qualified name is about, if the contract has it.
 *
 * @throws IMPORT_UNKNOWN
 */
export function capabilityOf(name: string, version: string): string {
  const capability = Object.keys(IMPORT_SIGNATURES).find((known) => qualified(known, version) === name);
  if (capability === undefined) {
    throw new HeddleError("IMPORT_UNKNOWN", `expected imports from ${CONTRACT}@${version}, got ${printable(name)}`);
  }
  return capability;
}

/** The hooks among a component's exports. @throws COMPONENT_UNSUPPORTED when there is none. */
export function hooksOf(exports: readonly string[], version: string): Hook[] {
  const hooks = HOOKS.filter((hook) => exports.includes(qualified(hook, version)));
  if (hooks.length === 0) {
    const got = exports.slice(0, 10).map(printable).join(", ") || "nothing";
    throw new HeddleError("COMPONENT_UNSUPPORTED", `expected a component that exports ${HOOKS.join(", ")}, got ${got}`);
  }
  return hooks;
}

/** Why a component cannot be bound directly; undefined when it can: one module of the contract, wrapped by wit-component. */
export function whyNotDirect(
  component: ComponentOutline,
  cores: readonly CoreOutline[],
  version: string,
): string | undefined {
  const [main, shim, fixups] = cores;
  if (!component.utf16) return "its strings are not UTF-16";
  if (main === undefined || (cores.length !== 1 && cores.length !== 3)) return `it holds ${cores.length} core modules`;
  if (cores.length === 3 && !isShim(shim, fixups)) return "it holds more than one module of its own";
  return whyNotCore(main, version);
}

/** Why a core module does not implement the contract with the signatures of the Canonical ABI. */
export function whyNotCore(core: CoreOutline, version: string): string | undefined {
  const odd = core.imports.find(({ module, name, type }) => !isExpectedImport(module, name, type, version));
  if (odd !== undefined) return `its core module imports ${printable(odd.module)} ${printable(odd.name)} ${odd.type}`;
  const exported = (name: string): string | undefined => core.exports.find((one) => one.name === name)?.type;
  const typeOf = (hook: Hook): string | undefined => exported(hookExport(hook, version));
  const wrong = HOOKS.find((hook) => ![undefined, EXPORT_SIGNATURES[hook]?.[hook]].includes(typeOf(hook)));
  if (wrong !== undefined) return `its core module exports ${wrong} with another signature`;
  if (![undefined, "memory"].includes(exported("memory"))) return "its export memory is no memory";
  if (![undefined, "(i32,i32,i32,i32)->(i32)"].includes(exported("cabi_realloc"))) return "its cabi_realloc is odd";
  return undefined;
}

function isExpectedImport(module: string, name: string, type: string, version: string): boolean {
  const capability = Object.keys(IMPORT_SIGNATURES).find((known) => qualified(known, version) === module);
  const functions = capability === undefined ? undefined : IMPORT_SIGNATURES[capability];
  return functions !== undefined && Object.hasOwn(functions, name) && functions[name] === type;
}

/** The two modules that wit-component adds so that lowered imports can refer to the main module's memory. */
function isShim(shim: CoreOutline | undefined, fixups: CoreOutline | undefined): boolean {
  const numbered = (name: string): boolean => /^\d+$/.test(name);
  return (
    shim?.imports.length === 0 &&
    shim.exports.every(({ name }) => numbered(name) || name === "$imports") &&
    fixups?.exports.length === 0 &&
    fixups.imports.every(
      ({ module, name }) => (module === "" && (numbered(name) || name === "$imports")) || isFixup(module, name),
    )
  );
}

function isFixup(module: string, name: string): boolean {
  return (module === "actual" && /^\d+$/.test(name)) || (module === "shim" && name === "$imports");
}

/** Names come from the file: control and bidirectional characters do not reach a terminal or a log. */
export function printable(name: string): string {
  const escaped = name
    .slice(0, 200)
    .replace(/[^\x20-\x7e]/g, (one) => `\\u{${(one.codePointAt(0) as number).toString(16)}}`);
  return name.length > 200 || escaped.length > 200 ? `${escaped.slice(0, 200)}…` : escaped;
}
