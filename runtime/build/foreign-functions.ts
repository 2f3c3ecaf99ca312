import type { FunctionDeclaration, LiteralExpression, Program, Source, StringLiteralExpression } from "assemblyscript";
import * as assemblyscript from "assemblyscript";
import { HeddleError } from "../errors.ts";
import { placeOf } from "./diagnostics.ts";

// The compiler declares these as const enums, which type stripping cannot inline, but exports them as objects too.
const { NodeKind, CommonFlags, DecoratorKind, LiteralKind } = assemblyscript as unknown as {
  NodeKind: Record<"FunctionDeclaration" | "Literal", number>;
  CommonFlags: Record<"Ambient", number>;
  DecoratorKind: Record<"External", number>;
  LiteralKind: Record<"String", number>;
};

/** A function that a filter's own file declares, for its host to have. */
export interface ForeignFunction {
  /** Under which the module imports it. */
  readonly name: string;
  /** Path in the filter's folder. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** Every `declare function` in a filter's own files. */
export function findForeignFunctions(program: Program): ForeignFunction[] {
  return program.parser.sources.flatMap(foreignIn);
}

function foreignIn(source: Source): ForeignFunction[] {
  return source.statements.flatMap((statement) => {
    if (statement.kind !== NodeKind.FunctionDeclaration) return [];
    const declared = statement as FunctionDeclaration;
    if ((declared.flags & CommonFlags.Ambient) === 0) return [];
    const line = source.lineAt(declared.name.range.start);
    return [{ name: importName(declared), file: source.normalizedPath, line, column: source.columnAt() }];
  });
}

/** The last text of `@external(module, name)` or `@external(name)`, or the function's own name. */
function importName({ decorators, name }: FunctionDeclaration): string {
  const external = decorators?.find(({ decoratorKind }) => decoratorKind === DecoratorKind.External);
  const last = external?.args?.at(-1);
  const isText = last?.kind === NodeKind.Literal && (last as LiteralExpression).literalKind === LiteralKind.String;
  return isText ? (last as StringLiteralExpression).value : name.text;
}

export interface Refusal {
  /** As `env open`. */
  readonly found: string;
  readonly expected: string;
  /** The import's name. */
  readonly name: string;
  readonly foreign: readonly ForeignFunction[];
  /** The filter's folder. */
  readonly where: string;
}

/** The IMPORT_UNKNOWN error for an import that a target does not have, at the place where the filter declares it. */
export function unknownImport({ found, expected, name, foreign, where }: Refusal): HeddleError {
  const declared = foreign.find((one) => one.name === name);
  return new HeddleError("IMPORT_UNKNOWN", `expected imports of ${expected}, got ${found}`, {
    where: declared === undefined ? where : placeOf(declared, where),
    remedy: "Use heddle/sdk only: a filter has no access to its surroundings but the contract's capabilities.",
  });
}
