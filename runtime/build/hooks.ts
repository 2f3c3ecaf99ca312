import type {
  ExportStatement,
  FunctionDeclaration,
  ImportStatement,
  NamedTypeNode,
  Program,
  Source,
} from "assemblyscript";
import * as assemblyscript from "assemblyscript";
import type { Hook } from "../artifact/manifest.ts";
import { HeddleError } from "../errors.ts";
import { compileError, type Diagnostic, toDiagnostic } from "./diagnostics.ts";
import { type ForeignFunction, findForeignFunctions } from "./foreign-functions.ts";
import { findSdkUses, type SdkUse } from "./sdk-uses.ts";
import type { Sources } from "./sources.ts";

// The compiler declares these as const enums, which type stripping cannot inline, but exports them as objects too.
const { NodeKind, CommonFlags } = assemblyscript as unknown as {
  NodeKind: Record<"FunctionDeclaration" | "Export" | "Import", number>;
  CommonFlags: Record<"Export", number>;
};

/** The functions that a filter may export, by hook. */
export const HOOK_FUNCTIONS: Readonly<Record<Hook, string>> = {
  configure: "configure",
  "on-request": "onRequest",
  "on-request-body": "onRequestBody",
  "on-response": "onResponse",
  "on-response-body": "onResponseBody",
  "on-log": "onLog",
  "on-tick": "onTick",
};

/** What the entry has to know about a filter's source before it is compiled. */
export interface FilterShape {
  /** The hooks that `index.ts` exports, in the order of {@link HOOK_FUNCTIONS}. */
  readonly hooks: readonly Hook[];
  /** Those of them that return nothing. */
  readonly returnNothing: ReadonlySet<Hook>;
  /** Whether any file of the filter imports `config` from the SDK, which needs the configure hook to be handed over. */
  readonly usesConfig: boolean;
  /** Every use of the SDK in the filter's own files. */
  readonly uses: readonly SdkUse[];
  /** What the filter's own files declare that a host should have. */
  readonly foreign: readonly ForeignFunction[];
}

/**
 * Parses a filter with the AssemblyScript parser and finds its hooks.
 *
 * @throws BUILD_NO_HOOKS; BUILD_COMPILE for a syntax error, or when a hook takes parameters
 */
export function findHooks(sources: Sources, folder: string): FilterShape {
  const program = parseFilter(sources);
  refuseSyntaxErrors(program, sources, folder);
  const where = `${folder}/index.ts`;
  const index = program.parser.sources[0];
  const functions = index === undefined ? new Map<string, FunctionDeclaration>() : exportedFunctions(index);
  const all = Object.keys(HOOK_FUNCTIONS) as Hook[];
  const hooks = all.filter((hook) => functions.has(HOOK_FUNCTIONS[hook]));
  const returnNothing = new Set(hooks.filter((hook) => returnsVoid(functions.get(HOOK_FUNCTIONS[hook]))));
  for (const hook of hooks) refuseParameters(functions.get(HOOK_FUNCTIONS[hook]), where);
  if (hooks.length === 0) {
    const found = [...functions.keys()].join(", ") || "nothing";
    throw new HeddleError("BUILD_NO_HOOKS", `expected a filter's hooks, but index.ts exports ${found}`, { where });
  }
  const usesConfig = program.parser.sources.some(importsConfig);
  return { hooks, returnNothing, usesConfig, uses: findSdkUses(program), foreign: findForeignFunctions(program) };
}

/** Parses `index.ts` and the filter's own files that it reaches. */
function parseFilter(sources: Sources): Program {
  const program = assemblyscript.newProgram(assemblyscript.newOptions());
  assemblyscript.parse(program, sources.read("index.ts") ?? "", "index.ts", true);
  for (let path = assemblyscript.nextFile(program); path !== null; path = assemblyscript.nextFile(program)) {
    if (path.startsWith("~lib/")) continue;
    const text = sources.read(`${path}.ts`) ?? sources.read(`${path}/index.ts`);
    if (text !== null) assemblyscript.parse(program, text, `${path}.ts`, false);
  }
  return program;
}

function refuseSyntaxErrors(program: Program, sources: Sources, folder: string): void {
  const found: Diagnostic[] = [];
  for (let raw = assemblyscript.nextDiagnostic(program); raw !== null; raw = assemblyscript.nextDiagnostic(program)) {
    const diagnostic = toDiagnostic(raw, (file) => sources.read(file) ?? "");
    if (diagnostic !== undefined) found.push(diagnostic);
  }
  if (found.length > 0) throw compileError(found, folder);
}

function exportedFunctions(source: Source): Map<string, FunctionDeclaration> {
  const declared = new Map<string, FunctionDeclaration>();
  const exported = new Map<string, string>();
  for (const statement of source.statements) {
    if (statement.kind === NodeKind.FunctionDeclaration) {
      const declaration = statement as FunctionDeclaration;
      declared.set(declaration.name.text, declaration);
      if ((declaration.flags & CommonFlags.Export) !== 0) exported.set(declaration.name.text, declaration.name.text);
    } else if (statement.kind === NodeKind.Export && (statement as ExportStatement).path === null) {
      for (const member of (statement as ExportStatement).members ?? []) {
        exported.set(member.exportedName.text, member.localName.text);
      }
    }
  }
  const found = [...exported].map(([name, local]) => [name, declared.get(local)] as const);
  return new Map(found.filter((entry): entry is [string, FunctionDeclaration] => entry[1] !== undefined));
}

function returnsVoid(declaration: FunctionDeclaration | undefined): boolean {
  const type = declaration?.signature.returnType as NamedTypeNode | undefined;
  return type?.name?.identifier.text === "void";
}

function refuseParameters(declaration: FunctionDeclaration | undefined, where: string): void {
  if (declaration === undefined || declaration.signature.parameters.length === 0) return;
  const { source, start } = declaration.name.range;
  const place = `${where}:${source.lineAt(start)}:${source.columnAt()}`;
  const count = declaration.signature.parameters.length;
  const message = `expected the hook ${declaration.name.text} without parameters, got ${count}`;
  throw new HeddleError("BUILD_COMPILE", `${message} at ${place}`, {
    where: place,
    remedy: "Read the request through heddle/sdk.",
  });
}

function importsConfig(source: Source): boolean {
  return source.statements.some((statement) => {
    if (statement.kind !== NodeKind.Import) return false;
    const { path, declarations, namespaceName } = statement as ImportStatement;
    if (!path.value.startsWith("heddle/sdk")) return false;
    return namespaceName !== null || (declarations ?? []).some((one) => one.foreignName.text === "config");
  });
}
