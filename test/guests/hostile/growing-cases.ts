import { coreModule, hook, imported } from "../../wasm/guests.ts";
import type { HostileCase } from "./hostile-case.ts";

const grows = (name: string, why: string, wat: string): HostileCase => ({
  name,
  why,
  build: () => coreModule(wat),
  expect: { verdict: "next", hook: "on-request" },
});
const write = imported("log", "write", "(param i32 i32 i32)");
const times = (count: number, body: string): string =>
  `(local $left i32) (local.set $left (i32.const ${count}))
   (loop $again ${body} (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))`;

/** Modules that take what they get; the host bounds it, and their hooks go on. */
export const GROWING_CASES: readonly HostileCase[] = [
  grows(
    "memory without a maximum, which grows until it may not",
    "the machine's memory",
    `(memory (export "memory") 1) ${hook(
      "on-request",
      "(block $full (loop $more (br_if $full (i32.eq (memory.grow (i32.const 16)) (i32.const -1))) (br $more))) (i32.const 0)",
    )}`,
  ),
  grows(
    "a leak of 4 KB a request",
    "the machine's memory, slowly",
    `(memory (export "memory") 1) (global $top (mut i32) (i32.const 1024)) ${hook(
      "on-request",
      `(global.set $top (i32.add (global.get $top) (i32.const 4096)))
       (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536))) (then (drop (memory.grow (i32.const 1)))))
       (i32.const 0)`,
    )}`,
  ),
  grows(
    "growth by more than there is",
    "the machine's memory",
    `(memory (export "memory") 1) ${hook("on-request", "(i32.ne (memory.grow (i32.const 65535)) (i32.const -1))")}`,
  ),
  grows(
    "1,000 log lines of 64 bytes",
    "the disk",
    `${write} (memory (export "memory") 1) ${hook(
      "on-request",
      `${times(1_000, "(call $write (i32.const 2) (i32.const 0) (i32.const 32))")} (i32.const 0)`,
    )}`,
  ),
];
