import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isHeddleError } from "../../../runtime/errors.ts";
import { compilePlugin } from "../../../runtime/wasm/plugin.ts";
import { name, section } from "../module-bytes.ts";
import { testExchange } from "../surroundings.ts";
import { type FilterText, filterModule, startFilter } from "./filters.ts";
import { ALL, scripted, TEXT, WORD } from "./script.ts";

const REQUEST_BODY = 0;
const [VM_CONFIG, PLUGIN_CONFIG] = [6, 7];
const INFO = 2;

async function linesOf(filter: FilterText, options: Parameters<typeof startFilter>[1] = {}): Promise<string[]> {
  const { services } = await startFilter(filter, options);
  return services.lines.map(({ message }) => message);
}

async function refusalOf(start: Promise<unknown>): Promise<string> {
  try {
    await start;
  } catch (error) {
    if (isHeddleError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing";
}

/** A function that logs one character. */
const says = (name: string, char: string, params = "", result = ""): string =>
  `(func (export "${name}") ${params} ${result} (i32.store8 (i32.const 64) (i32.const ${char.charCodeAt(0)}))
    (drop (call $proxy_log (i32.const 2) (i32.const 64) (i32.const 1)))${result === "" ? "" : " (i32.const 1)"})`;

describe("a filter is started", () => {
  test("_initialize, then main, then the root context, the VM and the plugin", async () => {
    const wat = [
      says("_initialize", "1"),
      says("main", "2", "(param i32 i32)", "(result i32)"),
      says("_start", "x"),
      says("proxy_on_context_create", "3", "(param i32 i32)"),
      says("proxy_on_vm_start", "4", "(param i32 i32)", "(result i32)"),
      says("proxy_on_configure", "5", "(param i32 i32)", "(result i32)"),
    ];
    assert.deepEqual(await linesOf({ wat: wat.join("\n") }), ["1", "2", "3", "4", "5"]);
  });

  test("_start where there is no _initialize, which may end the program well", async () => {
    const exit = `(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))`;
    const wat = `(func (export "_start") (call $exit (i32.const 0)))
      ${says("proxy_on_vm_start", "4", "(param i32 i32)", "(result i32)")}`;
    assert.deepEqual(await linesOf({ wat, others: exit }), ["4"]);
    const failing = wat.replace("i32.const 0)", "i32.const 3)");
    assert.match(await refusalOf(startFilter({ wat: failing, others: exit })), /^START_FAILED: .*proc_exit\(3\)/);
  });

  test("_initialize, then __main_void where there is no main, and _initialize alone", async () => {
    const initialize = says("_initialize", "1");
    const main = says("__main_void", "2", "", "(result i32)");
    assert.deepEqual(await linesOf({ wat: `${initialize} ${main}` }), ["1", "2"]);
    assert.deepEqual(await linesOf({ wat: initialize }), ["1"]);
  });

  test("proxy_on_memory_allocate where there is no malloc, and malloc where there are both", async () => {
    const allocate = (name: string, at: number) =>
      `(func (export "${name}") (param i32) (result i32) (i32.const ${at}))`;
    const wat = (allocators: string) => `${allocators}
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $proxy_get_buffer_bytes (i32.const 7) (i32.const 0) (i32.const 9) (i32.const 64) (i32.const 68)))
        (drop (call $proxy_log (i32.const 2) (i32.load (i32.const 64)) (i32.load (i32.const 68))))
        (i32.eq (i32.load (i32.const 64)) (i32.const 4096)))`;
    for (const allocators of [
      allocate("proxy_on_memory_allocate", 4096),
      allocate("malloc", 4096) + allocate("proxy_on_memory_allocate", 8192),
    ]) {
      assert.deepEqual(await linesOf({ wat: wat(allocators) }, { config: '"given"' }), ["given"]);
    }
  });

  test("what TinyGo makes: four functions of an allocator, asyncify, a program that ends well, panics on standard output", async () => {
    const wasi = (name: string, params: string, result = "(result i32)") =>
      `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${params}) ${result}))`;
    const others = [
      wasi("fd_write", "i32 i32 i32 i32"),
      wasi("random_get", "i32 i32"),
      wasi("clock_time_get", "i32 i64 i32"),
      wasi("proc_exit", "i32", ""),
    ].join("\n");
    const wat = `(global $heap (mut i32) (i32.const 65536))
      (func $alloc (param $size i32) (result i32) (local $at i32)
        (local.set $at (global.get $heap))
        (global.set $heap (i32.add (global.get $heap) (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -16))))
        (if (i32.gt_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536))) (then (drop (memory.grow (i32.const 2)))))
        (local.get $at))
      (func (export "malloc") (param i32) (result i32) (call $alloc (local.get 0)))
      (func (export "free") (param i32))
      (func (export "calloc") (param i32 i32) (result i32) (call $alloc (i32.mul (local.get 0) (local.get 1))))
      (func (export "realloc") (param i32 i32) (result i32) (call $alloc (local.get 1)))
      (func (export "asyncify_get_state") (result i32) (i32.const 0))
      (func (export "asyncify_start_unwind") (param i32))
      (func (export "go_scheduler"))
      (func (export "_start")
        (if (i32.or (call $random_get (i32.const 64) (i32.const 4))
                    (call $clock_time_get (i32.const 1) (i64.const 1000) (i32.const 72))) (then unreachable))
        (call $proc_exit (i32.const 0)) unreachable)
      (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (i32.store (i32.const 64) (i32.const 128)) (i32.store (i32.const 68) (i32.const 16))
        (drop (call $fd_write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 80)))
        unreachable)`;
    const { generation } = await startFilter({ wat, others, data: { 128: "panic: as asked\\0a" } });
    const failed = generation.onRequest(testExchange());
    assert.match(
      failed.kind === "fault" ? `${failed.code} ${failed.detail}` : failed.kind,
      /^GUEST_TRAP .*panic: as asked/,
    );
  });

  test("the start section runs, but cannot call more than the log", async () => {
    const wat = (body: string) => `(func $begin ${body}) (start $begin)`;
    assert.deepEqual(
      await linesOf({ wat: wat("(drop (call $proxy_log (i32.const 2) (i32.const 0) (i32.const 1)))") }),
      ["\\u{0}"],
    );
    const restricted = startFilter({ wat: wat("(drop (call $proxy_done))") });
    assert.match(await refusalOf(restricted), /^START_FAILED: .*called proxy_done while it was being started/);
  });

  test("configurations of VM and plugin, in every version", async () => {
    const options = { config: '{"a":1}', proxyWasm: { vmConfig: "of the vm" } };
    const read = (type: number) => ["proxy_get_buffer_bytes", type, 0, 100, TEXT] as const;
    const modern = scripted({
      proxy_on_vm_start: { steps: [read(VM_CONFIG)], returns: 1 },
      proxy_on_configure: { steps: [read(PLUGIN_CONFIG)], returns: 1 },
    });
    assert.deepEqual(await linesOf(modern, options), [
      "vm_start get_buffer_bytes 0 [of the vm]",
      'configure get_buffer_bytes 0 [{"a":1}]',
    ]);
    const first = scripted(
      {
        proxy_on_vm_start: { steps: [["proxy_get_configuration", TEXT]], returns: 1 },
        proxy_on_configure: { steps: [["proxy_get_configuration", TEXT]], returns: 1 },
      },
      { abi: "0_1_0" },
    );
    assert.deepEqual(await linesOf(first, options), [
      "vm_start get_configuration 0 [of the vm]",
      'configure get_configuration 0 [{"a":1}]',
    ]);
  });

  test("text as configuration arrives as it is, and none is empty", async () => {
    const filter = scripted({
      proxy_on_configure: { steps: [["proxy_get_buffer_bytes", PLUGIN_CONFIG, 0, 100, TEXT]], returns: 1 },
    });
    assert.deepEqual(await linesOf(filter, { config: '"plain"' }), ["configure get_buffer_bytes 0 [plain]"]);
    assert.deepEqual(await linesOf(filter, { config: "{}" }), ["configure get_buffer_bytes 0 []"]);
  });

  test("what it refuses is said with its last words", async () => {
    const steps = [["proxy_log", 4, "no such tenant"]] as const;
    const configure = scripted({ proxy_on_configure: { steps, returns: 0 } });
    assert.equal(
      await refusalOf(startFilter(configure)),
      "CONFIG_REFUSED: the plugin refused its configuration: no such tenant",
    );
    const start = scripted({ proxy_on_vm_start: { steps, returns: 0 } });
    assert.equal(await refusalOf(startFilter(start)), "START_FAILED: the plugin refused to start: no such tenant");
  });
});

describe("a module is read", () => {
  for (const abi of ["0_1_0", "0_2_0", "0_2_1", "0_2_100"]) {
    test(`ABI ${abi} links every import`, async () => {
      const plugin = await compilePlugin(filterModule({ wat: "", abi, imports: ALL }));
      assert.equal(plugin.binding, "proxy-wasm");
      await startFilter({ wat: "", abi, imports: ALL });
    });
  }

  test("a table may hold as many functions as Go puts there, and no more than 32,768", async () => {
    await startFilter({ wat: "(table 32768 funcref)" });
    assert.match(
      await refusalOf(startFilter({ wat: "(table 32769 funcref)" })),
      /^ADMISSION_REFUSED: expected tables of at most 32768 elements together, got 32769/,
    );
  });

  test("a signature inside the module, as wasmsign2 writes it, is passed over", async () => {
    const bytes = filterModule({ wat: "" });
    const signature = [1, 1, 1, 1, 1, 32, ...Buffer.alloc(32), 0];
    const custom = section(0, [...name("signature"), ...signature]);
    const signed = Uint8Array.from([...bytes.subarray(0, 8), ...custom, ...bytes.subarray(8)]);
    await startFilter(signed);
  });

  test("a filter of TCP connections alone is told that nobody would call it", async () => {
    const tcp = `(func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32) (i32.const 0))`;
    const http = `(func (export "proxy_on_log") (param i32))`;
    const refusal = await refusalOf(startFilter({ wat: tcp }));
    assert.match(refusal, /^COMPONENT_UNSUPPORTED: .*got one of TCP connections \(proxy_on_downstream_data\)/);
    for (const [wat, type] of [
      [tcp, "background"],
      [tcp + http, "http"],
    ] as const) {
      await startFilter({ wat }, { proxyWasm: { type } });
    }
  });

  test("a later version, and another fork", async () => {
    const later = compilePlugin(filterModule({ wat: "", abi: "0_3_0" }));
    assert.equal(
      await refusalOf(later),
      "COMPONENT_UNSUPPORTED: expected proxy-wasm ABI 0.1.0, 0.2.0 or 0.2.1, got proxy_abi_version_0_3_0",
    );
    const mosn = filterModule({ wat: `(func (export "proxy_abi_mosn_version_0_2_0"))`, abi: "9_9_9" });
    assert.match(await refusalOf(compilePlugin(mosn)), /^COMPONENT_UNSUPPORTED: .*proxy_abi_mosn_version_0_2_0/);
  });

  const UNKNOWN: readonly (readonly [name: string, others: string, message: RegExp])[] = [
    ["a function", `(import "env" "missing" (func (param i32)))`, /got env\.missing \(i32\)->\(\)$/],
    ["a module", `(import "wasi" "proc_exit" (func (param i32)))`, /got wasi\.proc_exit/],
    ["a name of every object", `(import "env" "constructor" (func))`, /got env\.constructor/],
    [
      "another signature",
      `(import "env" "proxy_done" (func (param i64) (result i32)))`,
      /got env\.proxy_done \(i64\)->\(i32\)/,
    ],
    ["a global", `(import "env" "proxy_done" (global i32))`, /got env\.proxy_done global/],
  ];
  for (const [name, others, message] of UNKNOWN) {
    test(`an unknown import is refused by name: ${name}`, async () => {
      const refusal = await refusalOf(compilePlugin(filterModule({ wat: "", others })));
      assert.match(refusal, /^IMPORT_UNKNOWN: expected imports of proxy-wasm and WASI/);
      assert.match(refusal, message);
    });
  }

  test("a call of another host is linked, named, and not there", async () => {
    const others = `(import "env" "proxy_redis_init" (func $proxy_redis_init (param i32 i32) (result i32)))`;
    const filter = scripted({ proxy_on_request_headers: { steps: [["proxy_redis_init", "cache"]] } }, { others });
    const { generation, services } = await startFilter(filter);
    generation.onRequest(testExchange());
    assert.deepEqual(
      services.lines.map(({ level, message }) => `${level} ${message}`),
      [
        "warn it imports proxy_redis_init (Higress), which this proxy does not have",
        "warn proxy_redis_init: a call of Higress that this proxy does not have",
        "info request_headers redis_init 12",
      ],
    );
  });

  test("capabilities are what imports and callbacks together can do", async () => {
    const filter = scripted({
      proxy_on_request_headers: { steps: [["proxy_remove_header_map_value", 0, "x"]] },
      proxy_on_request_body: { steps: [["proxy_get_buffer_bytes", REQUEST_BODY, 0, 1, TEXT]] },
      proxy_on_tick: { steps: [["proxy_register_shared_queue", "q", WORD]] },
    });
    const plugin = await compilePlugin(filterModule(filter));
    assert.deepEqual(plugin.capabilities, ["body", "log", "request", "store"]);
    assert.deepEqual(plugin.hooks, ["configure", "on-request", "on-request-body", "on-tick"]);
    assert.deepEqual(plugin.bodies, { request: "read", response: "none" });
    const refusal = await refusalOf(startFilter(filter, { grants: ["log", "request", "body"] }));
    assert.match(refusal, /^IMPORT_NOT_GRANTED: the plugin imports store/);
  });
});

describe("an exchange passes", () => {
  const log = (name: string) => ({ steps: [["proxy_log", INFO, name]] as const });

  test("create, headers, done, log, delete; the context is made when the filter first sees the exchange", async () => {
    const names = ["context_create", "request_headers", "response_headers", "done", "log", "delete"];
    const filter = scripted(Object.fromEntries(names.map((name) => [`proxy_on_${name}`, log(name)])));
    const { generation, services } = await startFilter(filter);
    const exchange = testExchange();
    generation.onRequest(exchange);
    exchange.response.status = 200;
    generation.onResponse(exchange);
    generation.onLog(exchange);
    generation.release?.(exchange);
    const lines = services.lines.map(({ message }) => message);
    assert.deepEqual(lines, ["context_create", ...names]);
    const answered = testExchange();
    generation.onLog(answered);
    generation.release?.(answered);
    assert.deepEqual(
      services.lines.slice(lines.length).map(({ message }) => message),
      ["context_create", "done", "log", "delete"],
    );
  });

  test("contexts are numbered from 1, the root first", async () => {
    const wat = `(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (i32.store8 (i32.const 64) (i32.add (local.get 0) (i32.const 48)))
      (i32.store8 (i32.const 65) (i32.add (local.get 1) (i32.const 48)))
      (i32.store8 (i32.const 66) (i32.add (local.get 2) (i32.const 48)))
      (drop (call $proxy_log (i32.const 2) (i32.const 64) (i32.const 3))) (i32.const 0))`;
    const { generation, services } = await startFilter({ wat });
    for (const fields of [[], [["x", "y"]]] as [string, string][][]) generation.onRequest(testExchange(fields));
    assert.deepEqual(
      services.lines.map(({ message }) => message),
      ["241", "351"],
    );
  });

  test("a background filter sees none", async () => {
    const filter = scripted({ proxy_on_request_headers: log("seen") });
    const { generation } = await startFilter(filter, { proxyWasm: { type: "background" } });
    assert.deepEqual([...generation.hooks], []);
    assert.deepEqual(generation.bodies, { request: "none", response: "none" });
  });

  test("a background filter ticks and takes from its queue, and has one root context", async () => {
    const filter = scripted({
      proxy_on_context_create: log("created"),
      proxy_on_configure: {
        steps: [
          ["proxy_set_tick_period_milliseconds", 100],
          ["proxy_register_shared_queue", "q", WORD],
        ],
        returns: 1,
      },
      proxy_on_tick: { steps: [["proxy_enqueue_shared_queue", 1, "from a tick"]] },
      proxy_on_queue_ready: { steps: [["proxy_dequeue_shared_queue", 1, TEXT]] },
    });
    const runs: (() => void)[] = [];
    const every = (_: number, run: () => void) => {
      runs.push(run);
      return () => {};
    };
    const { services } = await startFilter(filter, { services: { every }, proxyWasm: { type: "background" } });
    for (const run of runs) run();
    while (services.lines.length < 5) await new Promise((soon) => setImmediate(soon));
    assert.deepEqual(
      services.lines.map(({ message }) => message),
      [
        ...["created", "configure set_tick_period_milliseconds 0", "configure register_shared_queue 0 1"],
        ...["tick enqueue_shared_queue 0", "queue_ready dequeue_shared_queue 0 [from a tick]"],
      ],
    );
  });
});
