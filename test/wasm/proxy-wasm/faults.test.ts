import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Generation } from "../../../runtime/wasm/generation.ts";
import type { Verdict } from "../../../runtime/wasm/verdict.ts";
import { testExchange } from "../surroundings.ts";
import { type FilterText, startFilter } from "./filters.ts";
import { type Step, scripted, TEXT } from "./script.ts";

const GET: Step = ["proxy_get_header_map_value", 0, ":path", TEXT];
const headers = (body: string): string =>
  `(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) ${body})`;
const malloc = (body: string): string => `(func (export "malloc") (param i32) (result i32) ${body})`;
const readsPath = (wat: string): FilterText => scripted({ proxy_on_request_headers: { steps: [GET] } }, { wat });

async function run(filter: FilterText): Promise<{ verdict: Verdict; lines: string[] }> {
  const { generation, services } = await startFilter(filter);
  const verdict = generation.onRequest(testExchange());
  return { verdict, lines: services.lines.map(({ message }) => message) };
}

const FAULTS: readonly (readonly [name: string, filter: FilterText, fault: RegExp])[] = [
  ["a trap", { wat: headers("unreachable") }, /^GUEST_TRAP: unreachable/],
  ["endless recursion", { wat: `(func $f (call $f)) ${headers("(call $f) (i32.const 0)")}` }, /^GUEST_TRAP: Maximum/],
  ["an allocator that traps", readsPath(malloc("unreachable")), /^GUEST_TRAP/],
  [
    "an allocator that calls the host",
    readsPath(malloc("(drop (call $proxy_done)) (i32.const 64)")),
    /^GUEST_PROTOCOL: the guest called proxy_done from its allocator/,
  ],
  [
    "no allocator",
    scripted({ proxy_on_request_headers: { steps: [GET] } }, { bare: true }),
    /^GUEST_PROTOCOL: the module exports neither malloc nor proxy_on_memory_allocate/,
  ],
  [
    "abort of AssemblyScript, with its message",
    {
      others: `(import "env" "abort" (func $abort (param i32 i32 i32 i32)))`,
      data: { 100: "\\06\\00\\00\\00n\\00o\\00!\\00", 200: "\\08\\00\\00\\00f\\00.\\00t\\00s\\00" },
      wat: headers("(call $abort (i32.const 104) (i32.const 204) (i32.const 3) (i32.const 7)) (i32.const 0)"),
    },
    /^GUEST_TRAP: no! at f\.ts:3:7$/,
  ],
  [
    "proxy_exit",
    {
      others: `(import "wasi_unstable" "proc_exit" (func $exit (param i32)))`,
      wat: headers("(call $exit (i32.const 0)) (i32.const 0)"),
    },
    /^GUEST_TRAP: the guest ended itself with proc_exit\(0\)$/,
  ],
];

describe("a fault", () => {
  for (const [name, filter, expected] of FAULTS) {
    test(name, async () => {
      const { verdict } = await run(filter);
      assert.match(verdict.kind === "fault" ? `${verdict.code}: ${verdict.detail}` : verdict.kind, expected);
    });
  }
});

const ANSWERS: readonly (readonly [address: string, status: number])[] = [
  ["0", 6],
  ["-1", 6],
  ["65536", 6],
  ["65530", 6],
];

describe("an allocator that answers", () => {
  for (const [address, status] of ANSWERS) {
    test(`${address}: the host call answers ${status}`, async () => {
      const { lines } = await run(readsPath(malloc(`(i32.const ${address})`)));
      assert.deepEqual(lines, [`request_headers get_header_map_value ${status} []`]);
    });
  }

  test("after it has grown the memory", async () => {
    const grows = malloc(
      "(drop (memory.grow (i32.const 1))) (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 65536))",
    );
    const { lines } = await run(readsPath(grows));
    assert.deepEqual(lines, ["request_headers get_header_map_value 0 [/orders]"]);
  });

  test("through proxy_on_memory_allocate, where there is no malloc", async () => {
    const allocate = `(func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 30000))`;
    const { lines } = await run(readsPath(allocate));
    assert.deepEqual(lines, ["request_headers get_header_map_value 0 [/orders]"]);
  });
});

const FOREVER = "(loop $again (br $again))";

/** Callbacks that never end, with what they are told about it. */
const ENDLESS: readonly (readonly [
  name: string,
  wat: string,
  run: (generation: Generation) => Verdict,
  words: string,
])[] = [
  [
    "for headers",
    headers(`${FOREVER} unreachable`),
    (one) => one.onRequest(testExchange()),
    "its 10 ms for a callback",
  ],
  [
    "for a body",
    `(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) ${FOREVER} unreachable)`,
    (one) => one.onRequestBody?.(testExchange(), { bytes: Buffer.from("a"), end: true }) as Verdict,
    "its 50 ms for a callback about a body",
  ],
  [
    "for the log",
    `(func (export "proxy_on_log") (param i32) ${FOREVER})`,
    (one) => one.onLog(testExchange()),
    "its 10 ms for a callback",
  ],
  [
    "that make a context",
    `(func (export "proxy_on_context_create") (param i32 i32) (if (local.get 1) (then ${FOREVER}))) ${headers("(i32.const 0)")}`,
    (one) => one.onRequest(testExchange()),
    "its 10 ms for a callback",
  ],
];

describe("fuel", () => {
  for (const [name, wat, run, words] of ENDLESS) {
    test(`ends callbacks ${name}`, async () => {
      const { generation } = await startFilter({ wat });
      const verdict = run(generation);
      assert.equal(verdict.kind === "fault" && verdict.code, "FUEL_EXHAUSTED");
      assert.match(verdict.kind === "fault" ? verdict.detail : "", new RegExp(`^it used up ${words} in function`));
      assert.equal(generation.traps, 1);
    });
  }

  test("ends allocators", async () => {
    const { verdict } = await run(readsPath(malloc(`${FOREVER} unreachable`)));
    assert.equal(verdict.kind === "fault" && verdict.code, "FUEL_EXHAUSTED");
  });

  const STARTS = [
    `(func $begin ${FOREVER}) (start $begin)`,
    `(func (export "_initialize") ${FOREVER})`,
    `(func (export "_start") ${FOREVER})`,
    `(func (export "proxy_on_vm_start") (param i32 i32) (result i32) ${FOREVER} unreachable)`,
    `(func (export "proxy_on_configure") (param i32 i32) (result i32) ${FOREVER} unreachable)`,
  ];
  for (const wat of STARTS) {
    test(`ends starts: ${wat.slice(0, 40)}`, async () => {
      await assert.rejects(startFilter({ wat }), {
        code: "START_FAILED",
        message: /it used up its 400 ms to start \(limits.startTimeout\)/,
      });
    });
  }

  test("is shared by all callbacks of an exchange, and leaves the instance as it is", async () => {
    const wat = `(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) (local $left i32)
      (local.set $left (i32.const 1000))
      (loop $again (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1))))) (i32.const 0))`;
    const { generation } = await startFilter(
      { wat },
      { fuelPerMilli: 100, limits: { bodyMillis: 100, exchangeMillis: 200 } },
    );
    const exchange = testExchange();
    const piece = () => generation.onRequestBody?.(exchange, { bytes: Buffer.from("a"), end: false }) as Verdict;
    const verdicts = Array.from({ length: 10 }, piece);
    const last = verdicts.find(({ kind }) => kind === "fault");
    assert.equal(verdicts[0]?.kind, "next");
    assert.equal(last?.kind === "fault" && last.code, "FUEL_EXHAUSTED");
    assert.match(last?.kind === "fault" ? last.detail : "", /^it used up its 200 ms/);
    assert.equal((generation.fuelUsed ?? 0) > 20_000, true);
  });
});

describe("after a fault", () => {
  const filter = scripted(
    { proxy_on_response_headers: {}, proxy_on_log: {} },
    {
      wat: headers(`(if (i32.eq (local.get 1) (i32.const 5)) (then unreachable)) (i32.eq (local.get 1) (i32.const 6))`),
    },
  );
  const plain = () => testExchange();
  const traps = () => testExchange([["x", "1"]]);
  const waits = () =>
    testExchange([
      ["x", "1"],
      ["y", "1"],
    ]);

  test("the next exchange is served by a fresh instance", async () => {
    const { generation } = await startFilter(filter);
    assert.equal(generation.onRequest(traps()).kind, "fault");
    assert.equal(generation.onRequest(plain()).kind, "next");
    assert.equal(generation.traps, 1);
    for (let count = 0; count < 20; count++) generation.onRequest(traps());
    assert.equal(generation.onRequest(plain()).kind, "next");
    assert.equal(generation.traps, 21);
  });

  test("what waited on the instance is lost, and so is what it saw before; the log is quiet about it", async () => {
    const { generation } = await startFilter(filter);
    const [waiting, passed] = [waits(), plain()];
    const settled: Verdict[] = [];
    const verdict = generation.onRequest(waiting);
    if (verdict.kind === "wait") verdict.settle((outcome) => settled.push(outcome));
    generation.onRequest(passed);
    generation.onRequest(traps());
    await Promise.resolve();
    assert.equal(settled[0]?.kind === "fault" && settled[0].code, "GUEST_LOST");
    passed.response.status = 200;
    const after = generation.onResponse(passed);
    assert.equal(after.kind === "fault" && after.code, "GUEST_LOST");
    for (const exchange of [waiting, passed]) {
      assert.equal(generation.onLog(exchange).kind, "next");
      generation.release?.(exchange);
    }
  });

  test("closed, it runs nothing", async () => {
    const { generation } = await startFilter(filter);
    generation.close();
    assert.equal(generation.onRequest(plain()).kind, "fault");
  });
});

test("an instance that has filled its memory is replaced; its exchanges end on it", async () => {
  const wat = `${headers(`(drop (memory.grow (i32.const 14))) (i32.const 0)`)}
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (i32.lt_u (memory.size) (i32.const 15)))`;
  const { generation } = await startFilter({ wat }, { limits: { memoryPages: 16 } });
  const first = testExchange();
  generation.onRequest(first);
  assert.equal(generation.memorySize, 15 * 65536);
  const second = testExchange();
  second.response.status = 200;
  assert.equal(generation.onResponse(second).kind, "wait");
  first.response.status = 200;
  assert.equal(generation.onResponse(first).kind, "next");
});
