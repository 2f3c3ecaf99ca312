import type { Hook } from "../../../runtime/wasm/verdict.ts";
import { coreModule, hook, imported } from "../../wasm/guests.ts";
import type { HostileCase } from "./hostile-case.ts";

const MEMORY = `(memory (export "memory") 16 256)`;
const ENDLESS = "(loop $again (br $again))";

const spins = (name: string, body: string, more = "", on: Exclude<Hook, "configure"> = "on-request"): HostileCase => ({
  name,
  why: "a thread and its requests",
  build: () => coreModule(`${more} ${MEMORY} ${hook(on, `${body} ${on === "on-log" ? "" : "(i32.const 0)"}`)}`),
  expect: { fault: "FUEL_EXHAUSTED", hook: on },
});
const again = (body: string): string => `(loop $again ${body} (br $again))`;

const never = (name: string, wat: string): HostileCase => ({
  name,
  why: "the thread that starts it",
  build: () => coreModule(wat),
  expect: { refused: "START_FAILED" },
});
const HARMLESS = hook("on-request", "(i32.const 0)");

const write = imported("log", "write", "(param i32 i32 i32)");
const method = imported("request", "method", "(param i32)");
const digest = imported("crypto", "digest", "(param i32 i32 i32 i32)");
const verify = imported("crypto", "verify", `(param ${"i32 ".repeat(11)}) (result i32)`);
const FIXED = `(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))`;

const get = imported("store", "get", "(param i32 i32 i32)");
const set = imported("store", "set", "(param i32 i32 i32 i32 i32) (result i32)");
/** Of a key in the store, "bad". */
const KEY = `(memory (export "memory") 1) (data (i32.const 16) "b\\00a\\00d\\00")`;

/** Starts well until it has served a request, and never again: whoever tries it first sees nothing. */
export const turnsBad = (): Uint8Array =>
  coreModule(`${get} ${set} ${KEY} ${FIXED}
    (func (export "heddle:policy/configure@0.2.0#configure") (param i32 i32) (result i32)
      (call $get (i32.const 16) (i32.const 3) (i32.const 64))
      (if (i32.load8_u (i32.const 64)) (then ${ENDLESS}))
      (i32.const 128))
    ${hook("on-request", "(drop (call $set (i32.const 16) (i32.const 3) (i32.const 16) (i32.const 2) (i32.const 0))) unreachable")}`);

/** A long way through code that a loop takes again and again. */
const straight = (length: number): string =>
  "(local.set $exchange (i32.mul (local.get $exchange) (i32.const 3)))".repeat(length);

/** Modules that never come back by themselves. */
export const SPINNING_CASES: readonly HostileCase[] = [
  spins("an endless loop in on-request", ENDLESS),
  spins("an endless loop in on-response", ENDLESS, "", "on-response"),
  spins("an endless loop in on-log", ENDLESS, "", "on-log"),
  spins("an endless loop in on-request-body", ENDLESS, "", "on-request-body"),
  spins("an endless loop in on-response-body", ENDLESS, "", "on-response-body"),
  spins("loops in loops", "(loop $a (loop $b (br_if $b (i32.const 0))) (loop $c (br_if $c (i32.const 0))) (br $a))"),
  spins("a loop by a branch table", "(loop $a (block $b (br_table $a $a $b (i32.const 0))))"),
  spins("a loop of calls of a leaf", again("(call $leaf)"), "(func $leaf (nop))"),
  spins(
    "a loop of indirect calls",
    again("(call_indirect (i32.const 0))"),
    "(table funcref (elem $leaf)) (func $leaf)",
  ),
  spins(
    "two functions that call one another in loops",
    again("(call $f (i32.const 1000))"),
    `
    (func $f (param i32) (if (local.get 0) (then (call $g (i32.sub (local.get 0) (i32.const 1))))))
    (func $g (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))))))`,
  ),
  spins("a loop of long straight code", again(straight(20_000))),
  spins("a loop that fills 1 MB", again("(memory.fill (i32.const 0) (i32.const 1) (i32.const 0x100000))")),
  spins("a loop that copies 512 KB", again("(memory.copy (i32.const 0) (i32.const 0x80000) (i32.const 0x80000))")),
  spins(
    "a loop of divisions",
    again("(local.set $exchange (i32.div_u (i32.const -1) (i32.or (local.get $exchange) (i32.const 1))))"),
  ),
  spins(
    "a loop of loads that miss every cache",
    again(`(local.set $exchange (i32.load (i32.and (i32.mul (i32.add (local.get $exchange) (i32.const 7))
      (i32.const 0x9E3779B1)) (i32.const 0xffffc))))`),
  ),
  spins("a loop that asks for the memory's size to grow by nothing", again("(drop (memory.grow (i32.const 0)))")),
  spins("a loop that grows the memory as far as it goes", again("(drop (memory.grow (i32.const 1)))")),
  spins(
    "a loop that grows a table",
    again("(drop (table.grow $t (ref.null func) (i32.const 1)))"),
    "(table $t 0 funcref)",
  ),
  spins(
    "a loop that fills a table",
    again("(table.fill $t (i32.const 0) (ref.null func) (i32.const 1000))"),
    "(table $t 1000 funcref)",
  ),
  spins("a loop of host calls", again("(call $method (i32.const 16))"), `${method} ${FIXED}`),
  spins("a loop of log lines", again("(call $write (i32.const 2) (i32.const 0) (i32.const 8))"), write),
  spins(
    "a loop of digests of 64 KB",
    again("(call $digest (i32.const 0) (i32.const 4096) (i32.const 65536) (i32.const 16))"),
    `${digest} ${FIXED}`,
  ),
  spins("a loop of signatures to verify", again(`(drop (call $verify ${"(i32.const 0) ".repeat(11)}))`), verify),
  {
    name: "an allocator that never comes back",
    why: "a thread and its requests",
    build: () =>
      coreModule(`${method} ${MEMORY}
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) ${ENDLESS} (i32.const 0))
        ${hook("on-request", "(call $method (i32.const 16)) (i32.const 0)")}`),
    expect: { fault: "FUEL_EXHAUSTED", hook: "on-request" },
  },
  {
    name: "configure that never comes back once a request was served",
    why: "the thread that starts an instance in place of one that failed, again and again",
    build: turnsBad,
    expect: { fault: "GUEST_TRAP", hook: "on-request" },
  },
  never("a start function that never comes back", `(func $start ${ENDLESS}) (start $start) ${MEMORY} ${HARMLESS}`),
  never("_initialize that never comes back", `(func (export "_initialize") ${ENDLESS}) ${MEMORY} ${HARMLESS}`),
  never(
    "configure that never comes back",
    `${MEMORY} ${FIXED} ${HARMLESS}
     (func (export "heddle:policy/configure@0.2.0#configure") (param i32 i32) (result i32) ${ENDLESS} (i32.const 0))`,
  ),
];
