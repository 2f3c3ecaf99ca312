import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startFilter } from "./filters.ts";

/** Calls of WASI in `_initialize`: parameters, call, what it answers. */
const CALLS: readonly (readonly [name: string, types: string, args: string, errno: number])[] = [
  ["args_sizes_get", "i32 i32", "(i32.const 64) (i32.const 68)", 0],
  ["args_get", "i32 i32", "(i32.const 64) (i32.const 68)", 0],
  ["environ_sizes_get", "i32 i32", "(i32.const 64) (i32.const 68)", 0],
  ["environ_get", "i32 i32", "(i32.const 64) (i32.const 80)", 0],
  ["environ_get", "i32 i32", "(i32.const 65534) (i32.const 80)", 21],
  ["clock_time_get", "i32 i64 i32", "(i32.const 0) (i64.const 0) (i32.const 64)", 0],
  ["clock_time_get", "i32 i64 i32", "(i32.const 1) (i64.const 0) (i32.const 64)", 0],
  ["clock_time_get", "i32 i64 i32", "(i32.const 2) (i64.const 0) (i32.const 64)", 58],
  ["clock_time_get", "i32 i64 i32", "(i32.const 0) (i64.const 0) (i32.const -1)", 21],
  ["clock_res_get", "i32 i32", "(i32.const 0) (i32.const 64)", 0],
  ["clock_res_get", "i32 i32", "(i32.const 0) (i32.const -1)", 21],
  ["random_get", "i32 i32", "(i32.const 64) (i32.const 16)", 0],
  ["random_get", "i32 i32", "(i32.const 64) (i32.const 0)", 0],
  ["random_get", "i32 i32", "(i32.const 0) (i32.const 65537)", 28],
  ["random_get", "i32 i32", "(i32.const 65530) (i32.const 16)", 21],
  ["fd_write", "i32 i32 i32 i32", "(i32.const 3) (i32.const 64) (i32.const 0) (i32.const 80)", 8],
  ["fd_write", "i32 i32 i32 i32", "(i32.const 1) (i32.const 65530) (i32.const 1) (i32.const 80)", 21],
  ["fd_write", "i32 i32 i32 i32", "(i32.const 1) (i32.const 64) (i32.const -1) (i32.const 80)", 21],
  ["fd_fdstat_get", "i32 i32", "(i32.const 1) (i32.const 64)", 0],
  ["fd_fdstat_get", "i32 i32", "(i32.const 0) (i32.const 64)", 8],
  ["fd_prestat_get", "i32 i32", "(i32.const 3) (i32.const 64)", 8],
  ["fd_prestat_dir_name", "i32 i32 i32", "(i32.const 3) (i32.const 64) (i32.const 1)", 52],
  ["fd_read", "i32 i32 i32 i32", "(i32.const 0) (i32.const 64) (i32.const 1) (i32.const 80)", 52],
  ["fd_pread", "i32 i32 i32 i64 i32", "(i32.const 0) (i32.const 64) (i32.const 1) (i64.const 0) (i32.const 80)", 52],
  ["fd_filestat_get", "i32 i32", "(i32.const 1) (i32.const 64)", 8],
  ["fd_seek", "i32 i64 i32 i32", "(i32.const 1) (i64.const 0) (i32.const 0) (i32.const 64)", 0],
  ["fd_close", "i32", "(i32.const 1)", 0],
  ["fd_fdstat_set_flags", "i32 i32", "(i32.const 1) (i32.const 0)", 52],
  [
    "path_open",
    "i32 i32 i32 i32 i32 i64 i64 i32 i32",
    "(i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 0)",
    44,
  ],
  ["sched_yield", "", "", 0],
  ["poll_oneoff", "i32 i32 i32 i32", "(i32.const 0) (i32.const 64) (i32.const 1) (i32.const 80)", 0],
  ["sock_shutdown", "i32 i32", "(i32.const 0) (i32.const 0)", 58],
];

describe("WASI, before the first callback", () => {
  for (const module of ["wasi_snapshot_preview1", "wasi_unstable"]) {
    for (const [name, types, args, errno] of CALLS) {
      test(`${module}.${name} ${args}: ${errno}`, async () => {
        const others = `(import "${module}" "${name}" (func $f ${types && `(param ${types})`} (result i32)))`;
        const wat = `(func (export "_initialize")
          (if (i32.ne (call $f ${args}) (i32.const ${errno})) (then unreachable)))`;
        await startFilter({ wat, others }, { proxyWasm: { environment: { A: "b" } } });
      });
    }
  }

  test("what is printed is the log's, line by line", async () => {
    const others = `(import "wasi_unstable" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))`;
    const print = (fd: number, from: number, length: number) => `
      (i32.store (i32.const 64) (i32.const ${from})) (i32.store (i32.const 68) (i32.const ${length}))
      (i32.store (i32.const 72) (i32.const ${from})) (i32.store (i32.const 76) (i32.const 0))
      (if (call $write (i32.const ${fd}) (i32.const 64) (i32.const 2) (i32.const 80)) (then unreachable))
      (if (i32.ne (i32.load (i32.const 80)) (i32.const ${length})) (then unreachable))`;
    const wat = `(func (export "_initialize") ${print(1, 100, 3)} ${print(1, 103, 8)} ${print(2, 100, 4)} ${print(1, 100, 2)})`;
    const { services } = await startFilter({ wat, others, data: { 100: "one\\0atwo\\0ath" } });
    assert.deepEqual(
      services.lines.map(({ level, message }) => `${level} ${message}`),
      ["info one", "info two", "error one", "info th\\u{0}on"],
    );
  });

  test("the environment that was configured", async () => {
    const others = `(import "wasi_unstable" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
      (import "wasi_unstable" "environ_get" (func $get (param i32 i32) (result i32)))`;
    const wat = `(func (export "proxy_on_vm_start") (param i32 i32) (result i32)
      (drop (call $sizes (i32.const 64) (i32.const 68)))
      (drop (call $get (i32.const 80) (i32.const 100)))
      (drop (call $proxy_log (i32.const 2) (i32.load (i32.const 84)) (i32.sub (i32.load (i32.const 68)) (i32.const 5))))
      (i32.load (i32.const 64)))`;
    const { services } = await startFilter({ wat, others }, { proxyWasm: { environment: { A: "b", C: "dee" } } });
    assert.deepEqual(
      services.lines.map(({ message }) => message),
      ["C=dee"],
    );
  });
});
