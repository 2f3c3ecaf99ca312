import { BUMP, coreModule, hook, imported } from "../../wasm/guests.ts";
import type { HostileCase } from "./hostile-case.ts";

const MEMORY = `(memory (export "memory") 1 2)`;
const remove = imported("request", "remove-header", "(param i32 i32) (result i32)");
const method = imported("request", "method", "(param i32)");
const write = imported("log", "write", "(param i32 i32 i32)");

const lies = (name: string, wat: string): HostileCase => ({
  name,
  why: "a host that believes it reads or writes its own memory",
  build: () => coreModule(wat),
  expect: { fault: "GUEST_PROTOCOL", hook: "on-request" },
});
const removes = (name: string, pointer: string, length: string): HostileCase =>
  lies(
    name,
    `${remove} ${MEMORY} ${hook("on-request", `(call $remove-header (i32.const ${pointer}) (i32.const ${length}))`)}`,
  );
const methodInto = (name: string, area: string, realloc: string): HostileCase =>
  lies(
    name,
    `${method} ${MEMORY} ${realloc} ${hook("on-request", `(call $method (i32.const ${area})) (i32.const 0)`)}`,
  );
const answers = (pointer: string): string =>
  `(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const ${pointer}))`;

/** Modules that tell the host what is not so. */
export const LYING_CASES: readonly HostileCase[] = [
  removes("a pointer behind the memory", "65536", "1"),
  removes("a pointer of 2^32 - 2", "-2", "1"),
  removes("a length that wraps around", "2", "-1"),
  removes("a length of half the address space", "0", "0x7fffffff"),
  removes("an odd address for a string", "3", "1"),
  methodInto("a result behind the memory", "65530", BUMP),
  methodInto("a result at an odd address", "18", BUMP),
  methodInto("an allocator that answers 0", "16", answers("0")),
  methodInto("an allocator that answers -1", "16", answers("-1")),
  methodInto("an allocator that answers an address behind the memory", "16", answers("0x20000")),
  methodInto("an allocator that answers an odd address", "16", answers("33")),
  lies(
    "an allocator that calls the host",
    `${method} ${write} ${MEMORY}
     (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
       (call $write (i32.const 2) (i32.const 0) (i32.const 1)) (i32.const 1024))
     ${hook("on-request", "(call $method (i32.const 16)) (i32.const 0)")}`,
  ),
  lies(
    "a log level that does not exist",
    `${write} ${MEMORY} ${hook("on-request", "(call $write (i32.const 9) (i32.const 0) (i32.const 0)) (i32.const 0)")}`,
  ),
  lies("the verdict -1", hook("on-request", "(i32.const -1)")),
  lies("a response that was never given", hook("on-request", "(i32.const 1)")),
];
