import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  type YAMLError,
} from "yaml";
import type { Code } from "../errors.ts";
import type { FieldPath } from "./issue.ts";

/** Bytes; the loader refuses larger files before it reads them. */
export const MAX_FILE_SIZE = 4 * 1024 * 1024;
const MAX_DEPTH = 64;
/** Entries of the parser's stack: a block collection and its document take a few of them per level. */
const MAX_STACK = 2 * MAX_DEPTH + 8;
const MAX_DOCUMENTS = 10_000;
/** How often aliases may be expanded in one document, counted as the yaml library does. */
const MAX_ALIASES = 100;

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface SyntaxProblem extends Position {
  readonly code: Code;
  readonly message: string;
}

/** One document of a YAML stream: plain data, or why it could not be read. `value` of a broken one is a best effort. */
export interface RawDocument extends Position {
  readonly value: unknown;
  readonly problems: readonly SyntaxProblem[];
  /** Where a field stands; the nearest enclosing field when it is missing. */
  locate(path: FieldPath, at?: "key" | "value"): Position;
}

/** Reads YAML 1.2 or JSON, several documents to a file. Documents without content are left out. */
export function parseDocuments(text: string): RawDocument[] {
  const lines = new LineCounter();
  const source = text.startsWith("\ufeff") ? text.slice(1) : text;
  try {
    return [...compose(source, lines)]
      .filter(({ contents, errors }) => errors.length > 0 || !(contents === null || isEmptyScalar(contents)))
      .map((document) => readDocument(document, lines));
  } catch (error) {
    return [unreadable(error)];
  }
}

class LimitError extends Error {}

/** The composer recurses and is slow to fail, so nesting and number are limited on its way in. */
function* compose(source: string, lines: LineCounter): Generator<Document> {
  const composer = new Composer({
    lineCounter: lines,
    logLevel: "silent",
    uniqueKeys: false,
    stringKeys: true,
    merge: true,
  });
  yield* composer.compose(limitedTokens(source, lines)) as Generator<Document>;
}

function* limitedTokens(source: string, lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine) as Parser & { readonly stack: readonly unknown[] };
  let documents = 0;
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(source)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === "document" && ++documents > MAX_DOCUMENTS)
        throw new LimitError(`more than ${MAX_DOCUMENTS} documents`);
      yield token;
    }
    if (parser.stack.length > MAX_STACK) throw tooDeep();
  }
  yield* parser.end();
}

const tooDeep = () => new LimitError(`nested deeper than ${MAX_DEPTH} levels`);

const isEmptyScalar = (node: unknown) => isScalar(node) && node.value === null;

function unreadable(error: unknown): RawDocument {
  const code: Code = error instanceof LimitError ? "CONFIG_LIMIT" : "CONFIG_SYNTAX";
  const message = error instanceof Error ? error.message : String(error);
  const first = { line: 1, column: 1 };
  return { ...first, value: undefined, problems: [{ ...first, code, message }], locate: () => first };
}

function readDocument(document: Document, lines: LineCounter): RawDocument {
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems = [
    // What the parser says after its first error is about its own confusion.
    ...document.errors.slice(0, 1).map((error: YAMLError) => ({
      ...positionOf(error.pos[0]),
      code: "CONFIG_SYNTAX" as const,
      message: error.message,
    })),
    ...checkStructure(document, positionOf),
  ];
  const read = problems.some(({ code }) => code === "CONFIG_LIMIT") ? undefined : toPlain(document);
  if (read instanceof Error) problems.push({ ...start(document, positionOf), ...aliasProblem(read) });
  return {
    ...start(document, positionOf),
    value: read instanceof Error ? undefined : read,
    problems,
    locate: (path, at = "value") => positionOf(offsetOf(document, path, at)),
  };
}

const start = (document: Document, positionOf: (offset: number) => Position) =>
  positionOf(document.contents?.range?.[0] ?? document.range?.[0] ?? 0);

function toPlain(document: Document): unknown {
  try {
    return plainTree(document.toJS({ maxAliasCount: MAX_ALIASES }));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Without sharing, cycles and values that JSON has no word for. */
function plainTree(value: unknown): unknown {
  try {
    return value === undefined ? null : JSON.parse(JSON.stringify(value));
  } catch {
    throw new Error("an alias stands inside the value that it refers to");
  }
}

function aliasProblem(error: Error): { code: Code; message: string } {
  const bomb = /alias count/i.test(error.message);
  return bomb
    ? { code: "CONFIG_LIMIT", message: `aliases expand more than ${MAX_ALIASES} times` }
    : { code: "CONFIG_SYNTAX", message: error.message };
}

/** Depth and repeated keys, without recursion: the document is not trusted yet. */
function checkStructure(document: Document, positionOf: (offset: number) => Position): SyntaxProblem[] {
  const problems: SyntaxProblem[] = [];
  const pending: [node: unknown, depth: number][] = [[document.contents, 1]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, depth] = next;
    if (depth > MAX_DEPTH) {
      const message = `nested deeper than ${MAX_DEPTH} levels`;
      return [{ ...positionOf((node as Node).range?.[0] ?? 0), code: "CONFIG_LIMIT", message }];
    }
    if (isSeq(node)) for (const item of node.items) pending.push([item, depth + 1]);
    if (!isMap(node)) continue;
    for (const [name, offset] of repeatedKeys(node.items)) {
      const message = `the key ${JSON.stringify(name)} occurs twice in one object`;
      problems.push({ ...positionOf(offset), code: "CONFIG_SYNTAX", message });
    }
    for (const pair of node.items) pending.push([pair.value, depth + 1]);
  }
  return problems;
}

function* repeatedKeys(items: readonly unknown[]): Generator<[name: string, offset: number]> {
  const seen = new Set<string>();
  for (const item of items) {
    const key = isPair(item) ? item.key : undefined;
    if (!isScalar(key)) continue;
    const name = String(key.value);
    if (seen.has(name)) yield [name, key.range?.[0] ?? 0];
    seen.add(name);
  }
}

function offsetOf(document: Document, path: FieldPath, at: "key" | "value"): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? document.range?.[0] ?? 0;
  for (const [index, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const child = childOf(node, part);
    if (child === undefined) return offset;
    offset = at === "key" && index === path.length - 1 ? child.key : child.value;
    node = child.node;
  }
  return offset;
}

function childOf(node: unknown, part: string | number): { node: unknown; key: number; value: number } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(part)] as Node | undefined;
    const offset = item?.range?.[0];
    return offset === undefined ? undefined : { node: item, key: offset, value: offset };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
  const key = (pair?.key as Node | undefined)?.range?.[0];
  if (pair === undefined || key === undefined) return undefined;
  return { node: pair.value, key, value: (pair.value as Node | null)?.range?.[0] ?? key };
}
