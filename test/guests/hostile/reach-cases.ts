import { coreModule, hook, imported } from "../../wasm/guests.ts";
import type { HostileCase } from "./hostile-case.ts";

const HARMLESS = hook("on-request", "(i32.const 0)");

const unknown = (module: string, name: string): HostileCase => ({
  name: `an import of ${module} ${name}`,
  why: "it reaches what objects inherit, or other hosts offer",
  build: () => coreModule(`(import "${module}" "${name}" (func)) ${HARMLESS}`),
  expect: { refused: "IMPORT_UNKNOWN" },
});

const unsupported = (title: string, why: string, wat: string): HostileCase => ({
  name: title,
  why,
  build: () => coreModule(wat),
  expect: { refused: "COMPONENT_UNSUPPORTED" },
});

/** Modules that reach for what they are not offered, or offer what is not asked for. */
export const REACH_CASES: readonly HostileCase[] = [
  unknown("constructor", "constructor"),
  unknown("__proto__", "toString"),
  unknown("env", "abort"),
  unsupported(
    "a function that an interface inherits",
    "prototypes",
    `${imported("request", "constructor", "")} ${HARMLESS}`,
  ),
  unsupported(
    "an import with another signature",
    "confused arguments",
    `${imported("request", "method", "(param i64)")} ${HARMLESS}`,
  ),
  unsupported(
    "an imported memory",
    "the host's own",
    `(import "heddle:policy/request@0.2.0" "method" (memory 1)) ${HARMLESS}`,
  ),
  unsupported(
    "an imported global",
    "the host's own",
    `(import "heddle:policy/request@0.2.0" "x" (global i32)) ${HARMLESS}`,
  ),
  unsupported("an export that is called then", "awaited, it is called", `(func (export "then"))`),
  unsupported(
    "a hook of another type",
    "confused results",
    `(func (export "heddle:policy/on-request@0.2.0#on-request"))`,
  ),
  unsupported(
    "a hook that is no function",
    "called, it throws",
    `(global (export "heddle:policy/on-request@0.2.0#on-request") i32 (i32.const 0))`,
  ),
  {
    name: "a data segment behind the memory",
    why: "an instance that is half there",
    build: () => coreModule(`(memory (export "memory") 1) (data (i32.const 65535) "ab") ${HARMLESS}`),
    expect: { refused: "START_FAILED" },
  },
  {
    name: "an element segment behind the table",
    why: "an instance that is half there",
    build: () => coreModule(`(table 1 funcref) (func $f) (elem (i32.const 1) $f) ${HARMLESS}`),
    expect: { refused: "START_FAILED" },
  },
];
