import { coreModule, hook } from "../../wasm/guests.ts";
import type { HostileCase } from "./hostile-case.ts";

const MEMORY = `(memory (export "memory") 1 2)`;

const traps = (name: string, body: string, more = ""): HostileCase => ({
  name,
  why: "the request that runs it, and an instance that is in no state any more",
  build: () => coreModule(`${MEMORY} ${more} ${hook("on-request", body)}`),
  expect: { fault: "GUEST_TRAP", hook: "on-request" },
});

const LOCALS = "(local i64) ".repeat(900);

/** Modules that trap. */
export const TRAPPING_CASES: readonly HostileCase[] = [
  traps("unreachable", "unreachable"),
  traps("a division by zero", "(i32.div_u (i32.const 1) (i32.const 0))"),
  traps("a remainder by zero", "(i32.wrap_i64 (i64.rem_s (i64.const 1) (i64.const 0)))"),
  traps("a division that overflows", "(i32.div_s (i32.const 0x80000000) (i32.const -1))"),
  traps("NaN as an integer", "(i32.trunc_f64_s (f64.const nan))"),
  traps("a load behind the memory", "(i32.load (i32.const 65533))"),
  traps("a load at the end of the address space", "(i32.load offset=0xfffffffc (i32.const 0x7fffffff))"),
  traps("a store behind the memory", "(i32.store (i32.const -4) (i32.const 0)) (i32.const 0)"),
  traps("a fill behind the memory", "(memory.fill (i32.const 0) (i32.const 0) (i32.const 0x20000)) (i32.const 0)"),
  traps("an indirect call of nothing", "(call_indirect (result i32) (i32.const 0))", "(table 1 funcref)"),
  traps("an indirect call behind the table", "(call_indirect (result i32) (i32.const 7))", "(table 1 funcref)"),
  traps(
    "an indirect call of another type",
    "(call_indirect (result i32) (i32.const 0))",
    "(table funcref (elem $f)) (func $f (param i64))",
  ),
  traps(
    "recursion without an end",
    "(call $f (i32.const 0))",
    "(func $f (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1)))",
  ),
  traps(
    "recursion with large frames",
    "(call $f (i32.const 0))",
    `(func $f (param i32) (result i32) ${LOCALS} (local.set 5 (i64.const 1)) (i32.add (call $f (local.get 0)) (i32.const 1)))`,
  ),
];
