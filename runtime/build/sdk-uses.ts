import type { IdentifierExpression, ImportStatement, Program, PropertyAccessExpression, Source } from "assemblyscript";
import * as assemblyscript from "assemblyscript";

// The compiler declares it as a const enum, which type stripping cannot inline, but exports it as an object too.
const { NodeKind } = assemblyscript as unknown as {
  NodeKind: Record<"Import" | "Identifier" | "PropertyAccess", number>;
};

type Node = assemblyscript.Node;

/** Where a filter uses something of the SDK. */
export interface SdkUse {
  /** An export of `heddle/sdk`, with its member where one is named: `routing.backends`, `respond`. */
  readonly name: string;
  /** Path in the filter's folder. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** Every use of the SDK in a filter's own files, in order. What is only imported is no use. */
export function findSdkUses(program: Program): SdkUse[] {
  return program.parser.sources.flatMap((source) => {
    const imported = importedNames(source);
    return imported.size === 0 ? [] : usesIn(source, imported);
  });
}

/** Whether one of these is used: itself, or all of what it belongs to (`routing` handed on as a whole). */
export function usesOf(uses: readonly SdkUse[], ...names: readonly string[]): boolean {
  return uses.some(({ name }) => names.some((one) => one === name || one.startsWith(`${name}.`)));
}

/** Exports of the SDK by the names that they have in a file; `*` is all of it. */
function importedNames(source: Source): Map<string, string> {
  const names = new Map<string, string>();
  for (const statement of source.statements) {
    if (statement.kind !== NodeKind.Import) continue;
    const { path, declarations, namespaceName } = statement as ImportStatement;
    if (!path.value.startsWith("heddle/sdk")) continue;
    if (namespaceName !== null) names.set(namespaceName.text, "*");
    for (const one of declarations ?? []) names.set(one.name.text, one.foreignName.text);
  }
  return names;
}

function usesIn(source: Source, imported: ReadonlyMap<string, string>): SdkUse[] {
  const uses: SdkUse[] = [];
  const visit = (node: Node): void => {
    if (node.kind === NodeKind.Import) return;
    const name = nameOf(node, imported);
    if (name === undefined) {
      childrenOf(node).forEach(visit);
      return;
    }
    const { start } = node.range;
    uses.push({ name, file: source.normalizedPath, line: source.lineAt(start), column: source.columnAt() });
  };
  source.statements.forEach(visit);
  return uses;
}

/** What of the SDK an expression stands for; undefined for nothing of it. `all.routing.route` is `routing.route`. */
function nameOf(node: Node, imported: ReadonlyMap<string, string>): string | undefined {
  if (node.kind === NodeKind.Identifier) return imported.get((node as IdentifierExpression).text);
  if (node.kind !== NodeKind.PropertyAccess) return undefined;
  const { expression, property } = node as PropertyAccessExpression;
  const owner = nameOf(expression, imported);
  if (owner === undefined || owner.includes(".")) return owner;
  return owner === "*" ? property.text : `${owner}.${property.text}`;
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value: unknown) => {
    if (Array.isArray(value)) return value.filter((one): one is Node => one instanceof assemblyscript.Node);
    return value instanceof assemblyscript.Node ? [value] : [];
  });
}
