import fc from "fast-check";

/**
 * Programs as text: functions `f0` to `f3` of `(i32, i32) -> (i32)` with loops, branches, calls, memory and tables, each of
 * which ends: loops count down, and calls go to functions of higher numbers only.
 */
export const programs: fc.Arbitrary<string> = fc
  .tuple(statements(0), statements(1), statements(2), statements(3))
  .map((bodies) => {
    const functions = bodies.map(
      (body, index) => `(func $f${index} (export "f${index}") (param $a i32) (param $b i32) (result i32)
        (local $c i32) (local $n0 i32) (local $n1 i32) (local $n2 i32) (local $d i64)
        ${body}
        (i32.add (local.get $a) (i32.xor (local.get $c) (i32.wrap_i64 (local.get $d)))))`,
    );
    return `(memory (export "memory") 1 3) (global $g (mut i32) (i32.const 7)) (export "g" (global $g))
      (type $t (func (param i32 i32) (result i32)))
      (table $table (export "table") 8 16 funcref) (elem (i32.const 0) $leaf $f3)
      (func $leaf (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func $f4 (param i32 i32) (result i32)
        (if (result i32) (local.get 0) (then (call $small (local.get 1))) (else (i32.const 9))))
      (func $small (param i32) (result i32) (i32.mul (local.get 0) (i32.const 5)))
      ${functions.join("\n")}`;
  });

function statements(level: number, depth = 0): fc.Arbitrary<string> {
  return fc
    .array(statement(level, depth), { minLength: 1, maxLength: depth === 0 ? 6 : 3 })
    .map((all) => all.join("\n"));
}

/** @param level calls go to functions above it. @param depth of loops around, which gives each its own counter */
function statement(level: number, depth: number): fc.Arbitrary<string> {
  const value = expression();
  const simple = [
    value.map((x) => `(local.set $a ${x})`),
    value.map((x) => `(local.set $c ${x})`),
    value.map((x) => `(global.set $g ${x})`),
    value.map((x) => `(local.set $d (i64.mul (i64.extend_i32_u ${x}) (i64.const 0x9e3779b97f4a7c15)))`),
    fc.tuple(value, value).map(([at, x]) => `(i32.store (i32.and ${at} (i32.const 0xfffc)) ${x})`),
    fc
      .tuple(value, value)
      .map(([at, x]) => `(memory.fill (i32.and ${at} (i32.const 0xfff)) ${x} (i32.and ${x} (i32.const 255)))`),
    fc
      .tuple(value, value)
      .map(
        ([to, at]) =>
          `(memory.copy (i32.and ${to} (i32.const 0xfff)) (i32.and ${at} (i32.const 0xfff)) (i32.const 100))`,
      ),
    fc.constant("(local.set $c (memory.grow (i32.const 1)))"),
    fc.constant("(local.set $c (memory.grow (i32.const 0x7fffffff)))"),
    fc.constant("(local.set $c (table.grow $table (ref.null func) (i32.const 1)))"),
    fc.constant("(table.fill $table (i32.const 4) (ref.func $leaf) (i32.const 2))"),
    fc
      .constant("(local.set $a (return (local.get $a)))")
      .map((code) => `(if (i32.eq (local.get $b) (i32.const 3)) (then ${code}))`),
  ];
  // Not in loops, which would multiply.
  if (depth === 0)
    simple.push(fc.tuple(value, value).map(([x, y]) => `(local.set $c (call $f${level + 1} ${x} ${y}))`));
  if (depth >= 2) return fc.oneof(...simple);
  const inner = statements(level, depth + 1);
  const counter = `$n${depth}`;
  return fc.oneof(
    { weight: 3, arbitrary: fc.oneof(...simple) },
    fc.tuple(value, inner, inner).map(([x, yes, no]) => `(if ${x} (then ${yes}) (else ${no}))`),
    fc.tuple(value, inner, inner).map(([x, before, after]) => `(block $out ${before} (br_if $out ${x}) ${after})`),
    fc.tuple(value, inner, inner).map(
      ([x, one, two]) => `
      (block $b2 (block $b1 (block $b0 (br_table $b0 $b1 $b2 (i32.and ${x} (i32.const 3)))) ${one}) ${two})`,
    ),
    fc.tuple(fc.nat(3), inner).map(
      ([times, body]) => `
      (local.set ${counter} (i32.const ${times + 1}))
      (loop $again ${body} (br_if $again (local.tee ${counter} (i32.sub (local.get ${counter}) (i32.const 1)))))`,
    ),
  );
}

function expression(): fc.Arbitrary<string> {
  const leaf = fc.oneof(
    fc.integer().map((n) => `(i32.const ${n})`),
    fc.constantFrom("(local.get $a)", "(local.get $b)", "(local.get $c)", "(global.get $g)", "(memory.size)"),
    fc.constant("(i32.load (i32.and (local.get $a) (i32.const 0xfffc)))"),
  );
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      leaf,
      fc
        .tuple(fc.constantFrom("add", "sub", "mul", "xor", "shl", "shr_u", "rotl", "lt_s"), tie("value"), tie("value"))
        .map(([op, x, y]) => `(i32.${op} ${x} ${y})`),
      tie("value").map((x) => `(call $small ${x})`),
      fc.tuple(tie("value"), tie("value")).map(([x, y]) => `(call_indirect (type $t) ${x} ${y} (i32.const 0))`),
      fc.tuple(tie("value"), tie("value")).map(([x, y]) => `(i32.rem_u ${x} (i32.or ${y} (i32.const 1)))`),
    ),
  }));
  return value;
}
