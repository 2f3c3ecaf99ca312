import type {
  BinaryExpression,
  CallExpression,
  CommaExpression,
  Expression,
  IdentifierExpression,
  Node,
  ParenthesizedExpression,
  Range,
  UnaryPrefixExpression,
} from "assemblyscript";
import * as assemblyscript from "assemblyscript";

// The compiler declares these as const enums and its factories as internal, but exports both as objects.
const {
  NodeKind,
  Token,
  Node: make,
} = assemblyscript as unknown as {
  NodeKind: Record<string, number>;
  Token: Record<string, number>;
  Node: {
    createBinaryExpression(operator: number, left: Expression, right: Expression, range: Range): BinaryExpression;
    createCommaExpression(expressions: Expression[], range: Range): CommaExpression;
  };
};

/** `&&` counts with a function that is true, `||` with one that is false, so that neither changes what is decided. */
export type CountedAs = "yes" | "no";

/** Makes a call that adds one to a counter. */
export type CountCall = (point: number, as: CountedAs, range: Range) => Expression;

/** Counts both operands of an `&&` or `||`. */
export type CountOperands = (whole: number, right: number, count: CountCall) => void;

/**
 * How the operands of a decision can be counted: as a member of a comma expression, or where that would hide from the compiler
 * that something is not null, as an operand of its own. Undefined where neither is sure to compile: whether a bare name is
 * true is a question of null for some types, and what is decided while compiling must stay so.
 *
 * To be asked before anything inside the expression is changed.
 */
export function operandCounting(node: BinaryExpression): CountOperands | undefined {
  const as = asOf(node);
  if (as === undefined || isStatic(node)) return undefined;
  const [left, right] = [wayOf(node.left), isPlain(node.right) ? "comma" : isTruth(node.left) ? "operand" : undefined];
  if (left === undefined || right === undefined) return undefined;
  return (wholePoint, rightPoint, count) => {
    const { range } = node;
    const whole = count(wholePoint, as, range);
    node.left = left === "comma" ? comma(whole, node.left) : binary(node, whole, node.left);
    const reached = count(rightPoint, as, range);
    if (right === "comma") node.right = comma(reached, node.right);
    else node.left = binary(node, node.left, reached);
  };
}

export function isShortCircuit(node: Node): node is BinaryExpression {
  return asOf(node) !== undefined;
}

function asOf(node: Node): CountedAs | undefined {
  if (node.kind !== NodeKind.Binary) return undefined;
  const { operator } = node as BinaryExpression;
  if (operator === Token.Ampersand_Ampersand) return "yes";
  return operator === Token.Bar_Bar ? "no" : undefined;
}

function wayOf(expression: Expression): "comma" | "operand" | undefined {
  if (isPlain(expression)) return "comma";
  return isTruth(expression) ? "operand" : undefined;
}

function comma(first: Expression, second: Expression): Expression {
  return make.createCommaExpression([first, second], second.range);
}

function binary({ operator, range }: BinaryExpression, left: Expression, right: Expression): Expression {
  return make.createBinaryExpression(operator, left, right, range);
}

const COMPARISONS: ReadonlySet<number | undefined> = new Set([
  ...[Token.Equals_Equals, Token.Exclamation_Equals, Token.Equals_Equals_Equals, Token.Exclamation_Equals_Equals],
  ...[Token.LessThan, Token.GreaterThan, Token.LessThan_Equals, Token.GreaterThan_Equals],
]);

/** Whether nothing can be learnt about null from its being true or false. */
function isPlain(node: Expression): boolean {
  switch (node.kind) {
    case NodeKind.Parenthesized:
      return isPlain((node as ParenthesizedExpression).expression);
    case NodeKind.UnaryPrefix:
      return isPlain((node as UnaryPrefixExpression).operand);
    case NodeKind.Binary: {
      const { operator, left, right } = node as BinaryExpression;
      if (isShortCircuit(node)) return isPlain(left) && isPlain(right);
      return COMPARISONS.has(operator) ? !isNull(left) && !isNull(right) : !ASSIGNMENTS.has(operator);
    }
    default:
      return PLAIN.has(node.kind);
  }
}

const PLAIN: ReadonlySet<number | undefined> = new Set([
  ...[NodeKind.Call, NodeKind.Literal, NodeKind.True, NodeKind.False],
]);

const ASSIGNMENTS: ReadonlySet<number | undefined> = new Set([Token.Equals]);

/** Whether it is true or false, and nothing else. */
function isTruth(node: Expression): boolean {
  switch (node.kind) {
    case NodeKind.Parenthesized:
      return isTruth((node as ParenthesizedExpression).expression);
    case NodeKind.UnaryPrefix:
      return (node as UnaryPrefixExpression).operator === Token.Exclamation;
    case NodeKind.Binary: {
      const { operator, left, right } = node as BinaryExpression;
      return isShortCircuit(node) ? isTruth(left) && isTruth(right) : COMPARISONS.has(operator);
    }
    default:
      return node.kind === NodeKind.True || node.kind === NodeKind.False || node.kind === NodeKind.InstanceOf;
  }
}

function isNull(node: Expression): boolean {
  return node.kind === NodeKind.Null;
}

const STATIC =
  /^(ASC_.*|is(Defined|Constant|Managed|Nullable|Integer|Signed|Float|Vector|Boolean|Reference|String|Array|ArrayLike|Function|Void))$/;

/** Whether the compiler may know it: a function of types, or a constant of the compiler's. */
function isStatic(node: Node): boolean {
  if (node.kind === NodeKind.Identifier) return STATIC.test((node as IdentifierExpression).text);
  if (node.kind === NodeKind.Call && (node as CallExpression).typeArguments !== null) return true;
  return Object.entries(node).some(([name, value]) => {
    if (name === "range") return false;
    return (Array.isArray(value) ? value : [value]).some((one) => one instanceof assemblyscript.Node && isStatic(one));
  });
}
