import { sha256 } from "../artifact/digest.ts";
import { HeddleError, messageOf } from "../errors.ts";
import type { JcoCode } from "./abi/jco/load.ts";
import { type AdmittedCore, type Sleeper, transpileComponent } from "./abi/jco/transpile.ts";
import type { ProxyWasmCode } from "./abi/proxy-wasm/code.ts";
import { readProxyWasm } from "./abi/proxy-wasm/outline.ts";
import type { ModuleLimits } from "./admission/judge-limits.ts";
import type { CoreOutline } from "./admission/module-facts.ts";
import { type AdmittedModule, admitModule } from "./admit-module.ts";
import { mapModules, readComponent } from "./binary/component.ts";
import { wasmKind } from "./binary/preamble.ts";
import { describeProxyWasm } from "./describe-proxy-wasm.ts";
import { engine, type WasmModule } from "./engine.ts";
import { PLUGIN_LIMITS, PROXY_WASM_LIMITS } from "./limits.ts";
import type { OffsetMap } from "./meter/offset-map.ts";
import { type PackedSourceMap, packSourceMap } from "./packed-source-map.ts";
import { capabilityOf, contractVersion, hooksOf, qualified, whyNotCore, whyNotDirect } from "./shape.ts";
import type { Hook } from "./verdict.ts";

/** What a plugin does to bodies of one direction. */
export type BodyUse = "none" | "read" | "edit";

export interface BodyUses {
  readonly request: BodyUse;
  readonly response: BodyUse;
}

/** `direct`: the core module is bound by generated code for the contract. `jco`: general glue for any component. */
export type Binding = "direct" | "jco";

/** `proxy-wasm`: a core module of another contract, that of Envoy and its relatives. */
export type PluginKind = Binding | "proxy-wasm";

/**
 * A component, checked and compiled; any number of generations may share it. Plain data and compiled modules: a
 * structured clone of it, as `postMessage` makes one, is as good and shares the machine code.
 */
export interface CompiledPlugin {
  /** Of the bytes that were given. */
  readonly digest: string;
  readonly binding: PluginKind;
  /** Why it is not bound directly. */
  readonly bindingReason: string | undefined;
  /** Version of the contract, or of the proxy-wasm ABI, that it was built for. */
  readonly contract: string;
  /** The interfaces of the contract that it imports, sorted: all that it can do. */
  readonly capabilities: readonly string[];
  readonly hooks: readonly Hook[];
  readonly bodies: BodyUses;
  /** Source map of the core module, for the place of a trap. */
  readonly sourceMap: PackedSourceMap | undefined;
  /** Places in the metered core module to places in the given one, which the source map is about. */
  readonly offsets: OffsetMap;
  readonly code: PluginCode;
}

export type PluginCode =
  | { readonly kind: "direct"; readonly module: WasmModule }
  | ({ readonly kind: "jco" } & JcoCode)
  | ({ readonly kind: "proxy-wasm" } & ProxyWasmCode);

export interface CompileOptions {
  readonly binding?: "auto" | Binding;
  readonly sourceMap?: string;
  /** What its memory and tables may grow to. @default PLUGIN_LIMITS */
  readonly limits?: Partial<ModuleLimits> | undefined;
  /** Whether the code burns fuel. False is for measurements only. @default true */
  readonly metered?: boolean;
}

/**
 * Compiles a component, a core module that follows the Canonical ABI with UTF-16 strings, or one of the proxy-wasm ABI.
 * Every core module is judged and metered before the engine sees it.
 *
 * @throws ARTIFACT_NOT_WASM, ARTIFACT_TRUNCATED, COMPONENT_INVALID, COMPONENT_UNSUPPORTED, ADMISSION_REFUSED, IMPORT_UNKNOWN,
 *   COMPILE_FAILED
 */
export async function compilePlugin(
  bytes: Uint8Array,
  { binding = "auto", sourceMap, limits, metered = true }: CompileOptions = {},
): Promise<CompiledPlugin> {
  if (describeProxyWasm(bytes) !== undefined) {
    const given = { ...PLUGIN_LIMITS, ...PROXY_WASM_LIMITS, ...limits };
    return compileProxyWasm(bytes, admission(given, metered)(bytes), sourceMap);
  }
  const given = { ...PLUGIN_LIMITS, ...limits };
  const admit = admission(given, metered);
  const module = wasmKind(bytes) === "module" ? admit(bytes) : undefined;
  const outline = module === undefined ? componentOutline(bytes, admit) : moduleOutline(module);
  const reason = binding === "jco" ? "another binding was asked for" : outline.whyNotDirect;
  if (outline.whyNotDirect !== undefined && (binding === "direct" || outline.kind === "module")) {
    throw new HeddleError("COMPONENT_UNSUPPORTED", `the component cannot be bound directly: ${outline.whyNotDirect}`);
  }
  const { contract, capabilities, hooks } = outline;
  const sleeper = capabilities.includes("http-client") ? { contract, hooks: hooks.filter(maySleep) } : undefined;
  const code: PluginCode =
    reason === undefined
      ? { kind: "direct", module: await compileCore((outline.main as AdmittedModule).bytes) }
      : { kind: "jco", memoryPages: given.memoryPages, ...(await transpileAdmitted(bytes, admit, sleeper)) };
  return {
    digest: sha256(bytes),
    binding: code.kind,
    bindingReason: reason,
    contract,
    capabilities,
    hooks,
    bodies: bodyUses(outline, code.kind),
    sourceMap: sourceMap === undefined ? undefined : packSourceMap(sourceMap),
    offsets: outline.main?.offsets ?? new Uint8Array(0),
    code,
  };
}

async function compileProxyWasm(
  bytes: Uint8Array,
  { facts, bytes: metered, offsets }: AdmittedModule,
  sourceMap: string | undefined,
): Promise<CompiledPlugin> {
  const { capabilities, hooks, bodies, ...outline } = readProxyWasm(facts);
  return {
    digest: sha256(bytes),
    binding: "proxy-wasm",
    bindingReason: undefined,
    contract: outline.abi,
    capabilities,
    hooks,
    bodies,
    sourceMap: sourceMap === undefined ? undefined : packSourceMap(sourceMap),
    offsets,
    code: { kind: "proxy-wasm", module: await compileCore(metered), ...outline },
  };
}

function isFunction({ type }: { readonly type: string }): boolean {
  return type.includes("->");
}

function maySleep(hook: Hook): boolean {
  return hook !== "configure" && hook !== "on-log";
}

async function transpileAdmitted(
  bytes: Uint8Array,
  admit: Admit,
  sleeper: Sleeper | undefined,
): Promise<Omit<JcoCode, "memoryPages">> {
  const admitted: AdmittedCore[] = [];
  const component = mapModules(bytes, (module) => {
    const { bytes: code, facts } = admit(module);
    const exports = facts.exports.filter(isFunction).map(({ name, type }) => [name, type] as const);
    const imports = facts.imports
      .filter(isFunction)
      .map(({ module, name, type }) => [`${module} ${name}`, type] as const);
    admitted.push({ bytes: code, signatures: { exports: new Map(exports), imports: new Map(imports) } });
    return code;
  });
  return transpileComponent(component, admitted, sleeper);
}

type Admit = (module: Uint8Array) => AdmittedModule;

/** Each module of a file is looked at once, whoever asks. */
function admission(limits: ModuleLimits, metered: boolean): Admit {
  const admitted = new Map<Uint8Array["byteOffset"], AdmittedModule>();
  return (module) => {
    const known = admitted.get(module.byteOffset) ?? admitModule(module, limits);
    admitted.set(module.byteOffset, known);
    return metered ? known : { ...known, bytes: module, offsets: new Uint8Array(0) };
  };
}

interface Outline {
  readonly kind: "module" | "component";
  readonly contract: string;
  readonly capabilities: readonly string[];
  readonly hooks: readonly Hook[];
  readonly main: AdmittedModule | undefined;
  /** Whether a module of it imports a function that edits bodies. */
  readonly editsBodies: boolean;
  readonly whyNotDirect: string | undefined;
}

/** jco's glue hides which functions of an interface are used. */
function bodyUses({ hooks, capabilities, editsBodies }: Outline, binding: Binding): BodyUses {
  const edits = binding === "direct" ? editsBodies : capabilities.includes("body");
  const of = (hook: Hook): BodyUse => (!hooks.includes(hook) ? "none" : edits ? "edit" : "read");
  return { request: of("on-request-body"), response: of("on-response-body") };
}

const BODY_EDITS: ReadonlySet<string> = new Set(["replace", "append"]);

function importsBodyEdits(core: CoreOutline, version: string): boolean {
  return core.imports.some(({ module, name }) => module === qualified("body", version) && BODY_EDITS.has(name));
}

function moduleOutline(main: AdmittedModule): Outline {
  const core = main.facts;
  const exports = core.exports.map(({ name }) => name.split("#", 1)[0] as string);
  const contract = contractVersion(exports);
  return {
    kind: "module",
    contract,
    capabilities: capabilitiesOf(
      core.imports.map(({ module }) => module),
      contract,
    ),
    hooks: hooksOf(exports, contract),
    main,
    editsBodies: importsBodyEdits(core, contract),
    whyNotDirect: whyNotCore(core, contract),
  };
}

function componentOutline(bytes: Uint8Array, admit: Admit): Outline {
  const component = readComponent(bytes);
  const contract = contractVersion(component.exports);
  const modules = component.modules.map(admit);
  const cores = modules.map(({ facts }) => facts);
  return {
    kind: "component",
    contract,
    capabilities: capabilitiesOf(component.imports, contract),
    hooks: hooksOf(component.exports, contract),
    main: modules[0],
    editsBodies: cores.some((core) => importsBodyEdits(core, contract)),
    whyNotDirect: whyNotDirect(component, cores, contract),
  };
}

function capabilitiesOf(modules: readonly string[], contract: string): string[] {
  return [...new Set(modules.map((name) => capabilityOf(name, contract)))].sort();
}

async function compileCore(bytes: Uint8Array): Promise<WasmModule> {
  try {
    return await engine.compile(bytes);
  } catch (cause) {
    throw new HeddleError("COMPILE_FAILED", `the engine refused the module: ${messageOf(cause)}`, { cause });
  }
}
