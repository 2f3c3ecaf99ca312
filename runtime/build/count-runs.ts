import type {
  BinaryExpression,
  BlockStatement,
  ClassDeclaration,
  CommaExpression,
  Expression,
  FunctionDeclaration,
  IfStatement,
  Node,
  Parser,
  Range,
  Source,
  Statement,
  SwitchStatement,
  TernaryExpression,
} from "assemblyscript";
import * as assemblyscript from "assemblyscript";
import { isShortCircuit, operandCounting } from "./count-operands.ts";
import {
  COUNTERS_START,
  type CoverageArm,
  type CoverageBranch,
  type CoverageFile,
  type CoverageFunction,
  type CoveragePoint,
  MAX_POINTS,
} from "./coverage-points.ts";
import { ENTRY } from "./entry.ts";

// The compiler declares these as const enums and its factories as internal, but exports both as objects.
const { NodeKind, Node: make } = assemblyscript as unknown as {
  NodeKind: Record<string, number>;
  Node: {
    createBlockStatement(statements: Statement[], range: Range): BlockStatement;
    createCallExpression(callee: Expression, types: null, args: Expression[], range: Range): Expression;
    createCommaExpression(expressions: Expression[], range: Range): CommaExpression;
    createExpressionStatement(expression: Expression): Statement;
    createIdentifierExpression(name: string, range: Range): Expression;
    createIntegerLiteralExpression(value: unknown, range: Range): Expression;
  };
};
/** A global of the compiler's portable library: it has no integers of 64 bits otherwise. */
const { i64_new } = globalThis as unknown as { i64_new(low: number, high: number): unknown };

const HIT = "__heddle_hit";

/** What the entry of a counted build needs besides. */
export const HIT_SOURCE = `// @ts-ignore: decorator
@global function ${HIT}(at: usize): void { store<u32>(at, load<u32>(at) + 1); }
// @ts-ignore: decorator
@global function ${HIT}_yes(at: usize): bool { ${HIT}(at); return true; }
// @ts-ignore: decorator
@global function ${HIT}_no(at: usize): bool { ${HIT}(at); return false; }`;

/**
 * A compiler transform that makes the filter count what it runs: each function, statement and arm of a decision adds one to a
 * counter of its own. It works on the source as parsed, so that code which is never called, is inlined or is compiled for
 * several types counts as it is written.
 */
export function createCounting(): { readonly files: CoverageFile[]; readonly transform: object } {
  const files: CoverageFile[] = [];
  const points = { next: 0 };
  const afterParse = (parser: Parser): void => {
    for (const source of parser.sources) if (isOwn(source)) files.push(new Counting(source, points).file);
  };
  return { files, transform: { afterParse } };
}

function isOwn({ normalizedPath }: Source): boolean {
  return normalizedPath !== ENTRY && !normalizedPath.startsWith("~lib/");
}

class Counting {
  readonly #source: Source;
  readonly #points: { next: number };
  readonly #functions: CoverageFunction[] = [];
  readonly #statements: CoveragePoint[] = [];
  readonly #branches: CoverageBranch[] = [];
  #owner = "";

  constructor(source: Source, points: { next: number }) {
    this.#source = source;
    this.#points = points;
    for (const statement of source.statements) this.#visit(statement);
  }

  get file(): CoverageFile {
    const [functions, statements] = [this.#functions, this.#statements];
    const branches = this.#branches.toSorted((a, b) => a.line - b.line);
    return { file: this.#source.normalizedPath, functions, statements, branches };
  }

  /** Looks for functions and decisions in whatever this is, and gives what takes its place. */
  #visit<N extends Node>(node: N): N {
    switch (node.kind) {
      case NodeKind.FunctionDeclaration:
      case NodeKind.MethodDeclaration:
        this.#function(node as unknown as FunctionDeclaration);
        return node;
      case NodeKind.ClassDeclaration:
      case NodeKind.NamespaceDeclaration:
        this.#members(node as unknown as ClassDeclaration);
        return node;
      case NodeKind.Binary:
        this.#binary(node as unknown as BinaryExpression);
        return node;
      case NodeKind.Ternary:
        this.#ternary(node as unknown as TernaryExpression);
        return node;
      case NodeKind.Block:
        this.#list((node as unknown as BlockStatement).statements);
        return node;
      case NodeKind.If:
        this.#if(node as unknown as IfStatement);
        return node;
      case NodeKind.Switch:
        this.#switch(node as unknown as SwitchStatement);
        return node;
      case NodeKind.For:
      case NodeKind.ForOf:
      case NodeKind.While:
      case NodeKind.Do: {
        const loop = node as unknown as { body: Statement };
        loop.body = this.#block(loop.body);
        this.#children(node, loop.body);
        return node;
      }
      default:
        this.#children(node);
        return node;
    }
  }

  /** Types and decorators hold no code that runs. */
  #children(node: Node, done?: Node): void {
    const fields = node as unknown as Record<string, unknown>;
    for (const [name, value] of Object.entries(fields)) {
      if (value === done || SKIPPED.has(name)) continue;
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) this.#visit(child);
    }
  }

  #members(owner: ClassDeclaration): void {
    const outer = this.#owner;
    this.#owner = `${outer}${owner.name.text}.`;
    for (const member of owner.members) this.#visit(member as Node);
    this.#owner = outer;
  }

  #function(declaration: FunctionDeclaration): void {
    const { body } = declaration;
    if (body === null) return;
    const point = this.#take();
    const name = declaration.name.text === "" ? "(anonymous)" : `${this.#owner}${declaration.name.text}`;
    if (point !== undefined) this.#functions.push({ name, point, line: this.#lineOf(declaration) });
    const outer = this.#owner;
    this.#owner = "";
    if (body.kind === NodeKind.Expression) this.#arrow(body as unknown as { expression: Expression }, point);
    else {
      this.#visit(body);
      this.#prepend((body as BlockStatement).statements, point, body.range);
    }
    this.#owner = outer;
  }

  /** `x => x + 1` has an expression for a body. */
  #arrow(body: { expression: Expression }, point: number | undefined): void {
    body.expression = this.#counted(this.#visit(body.expression), point);
  }

  #list(statements: Statement[]): void {
    for (let at = 0; at < statements.length; at += 1) {
      const statement = statements[at] as Statement;
      const point = COUNTED_INSIDE.has(statement.kind) ? undefined : this.#statement(statement);
      this.#visit(statement);
      if (point === undefined) continue;
      statements.splice(at, 0, this.#hit(point, statement.range));
      at += 1;
    }
  }

  #statement(statement: Statement): number | undefined {
    const point = this.#take();
    if (point !== undefined) {
      this.#statements.push({ point, line: this.#lineOf(statement) });
      pointsOf.set(statement, point);
    }
    return point;
  }

  #if(node: IfStatement): void {
    this.#visit(node.condition);
    const whole = pointsOf.get(node);
    const then = this.#take();
    node.ifTrue = this.#arm(node.ifTrue, then);
    const other = node.ifFalse === null ? undefined : this.#take();
    if (node.ifFalse !== null) node.ifFalse = this.#arm(node.ifFalse, other);
    const otherwise: CoverageArm[] = other !== undefined ? [{ point: other }] : [];
    if (node.ifFalse === null && whole !== undefined && then !== undefined) otherwise.push({ of: whole, but: then });
    if (then !== undefined) this.#branches.push({ line: this.#lineOf(node), arms: [{ point: then }, ...otherwise] });
  }

  #ternary(node: TernaryExpression): void {
    this.#visit(node.condition);
    const [yes, no] = [this.#take(), this.#take()];
    node.ifThen = this.#counted(this.#visit(node.ifThen), yes);
    node.ifElse = this.#counted(this.#visit(node.ifElse), no);
    if (yes !== undefined && no !== undefined) {
      this.#branches.push({ line: this.#lineOf(node), arms: [{ point: yes }, { point: no }] });
    }
  }

  /** Both ways of an `&&` or `||`: its second operand is looked at, or is not. */
  #binary(node: BinaryExpression): void {
    const count = isShortCircuit(node) ? operandCounting(node) : undefined;
    this.#children(node);
    const [whole, right] = count === undefined ? [] : [this.#take(), this.#take()];
    if (whole === undefined || right === undefined) return;
    count?.(whole, right, (point, as, range) => this.#call(point, range, `${HIT}_${as}`));
    this.#branches.push({ line: this.#lineOf(node), arms: [{ point: right }, { of: whole, but: right }] });
  }

  #switch(node: SwitchStatement): void {
    this.#visit(node.condition);
    const arms: CoverageArm[] = [];
    for (const one of node.cases) {
      const point = this.#take();
      if (point !== undefined) arms.push({ point });
      this.#list(one.statements);
      this.#prepend(one.statements, point, one.range);
    }
    if (arms.length > 0) this.#branches.push({ line: this.#lineOf(node), arms });
  }

  #arm(statement: Statement, point: number | undefined): Statement {
    const block = this.#block(statement);
    this.#prepend(block.statements, point, statement.range);
    return block;
  }

  /** A statement as a block whose statements are counted. */
  #block(statement: Statement): BlockStatement {
    const isBlock = statement.kind === NodeKind.Block;
    const block = isBlock ? (statement as BlockStatement) : make.createBlockStatement([statement], statement.range);
    this.#list(block.statements);
    return block;
  }

  #prepend(statements: Statement[], point: number | undefined, range: Range): void {
    if (point !== undefined) statements.unshift(this.#hit(point, range));
  }

  #counted(expression: Expression, point: number | undefined): Expression {
    if (point === undefined) return expression;
    return make.createCommaExpression([this.#call(point, expression.range), expression], expression.range);
  }

  #hit(point: number, range: Range): Statement {
    return make.createExpressionStatement(this.#call(point, range));
  }

  #call(point: number, range: Range, name = HIT): Expression {
    const address = make.createIntegerLiteralExpression(i64_new(COUNTERS_START + point * 4, 0), range);
    return make.createCallExpression(make.createIdentifierExpression(name, range), null, [address], range);
  }

  /** Undefined once there is no room for another counter. */
  #take(): number | undefined {
    return this.#points.next < MAX_POINTS ? this.#points.next++ : undefined;
  }

  #lineOf({ range }: Node): number {
    return this.#source.lineAt(range.start);
  }
}

/** Statements that hold others and do nothing themselves, and those that declare. */
const COUNTED_INSIDE: ReadonlySet<number | undefined> = new Set([
  NodeKind.Block,
  NodeKind.Empty,
  NodeKind.FunctionDeclaration,
  NodeKind.ClassDeclaration,
  NodeKind.TypeDeclaration,
]);

const SKIPPED: ReadonlySet<string> = new Set([
  ...["range", "decorators", "signature", "typeParameters", "typeArguments", "type", "toType", "isType", "typeName"],
  ...["name", "label", "extendsType", "implementsTypes", "property"],
]);

/** The counter of a statement: how often its condition was looked at, if it is an `if`. */
const pointsOf = new WeakMap<Statement, number>();

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "kind" in value && "range" in value;
}
