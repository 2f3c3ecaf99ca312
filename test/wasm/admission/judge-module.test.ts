import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { buildPlugin } from "../../../runtime/build/build-plugin.ts";
import { isHeddleError } from "../../../runtime/errors.ts";
import { judgeModule } from "../../../runtime/wasm/admission/judge-module.ts";
import { readComponent } from "../../../runtime/wasm/binary/component.ts";
import { PLUGIN_LIMITS } from "../../../runtime/wasm/limits.ts";
import {
  type Bytes,
  bodies,
  body,
  fill,
  leb,
  moduleOf,
  name,
  PREAMBLE,
  type SmallModule,
  section,
  smallModule,
  vector,
} from "../module-bytes.ts";

const INVALID = "COMPONENT_INVALID";
const REFUSED = "ADMISSION_REFUSED";
type Case = readonly [what: string, bytes: () => Uint8Array, code: string, message: RegExp];

function refused(cases: readonly Case[]): void {
  for (const [what, bytes, code, message] of cases) {
    test(what, () => {
      assert.throws(
        () => judgeModule(bytes(), PLUGIN_LIMITS),
        (error: unknown) => {
          assert.ok(isHeddleError(error), String(error));
          assert.equal(error.code, code, error.message);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
}

const small = (parts: SmallModule) => () => smallModule(parts);
const code = (...bytes: number[]) => small({ code: bytes });
const sections = (by: Readonly<Record<number, Bytes>>) => small({ sections: by });

describe("malformed modules (W01, W06, W18)", () => {
  refused([
    ["nothing", () => new Uint8Array(0), INVALID, /expected more bytes/],
    ["another magic number", () => Uint8Array.from([1, ...PREAMBLE.slice(1)]), INVALID, /core module of version 1/],
    ["a component", () => Uint8Array.from([0, 0x61, 0x73, 0x6d, 13, 0, 1, 0]), INVALID, /version 65549/],
    ["junk behind the end", () => Uint8Array.from([...smallModule({}), 0x7f]), INVALID, /expected more bytes|sections/],
    ["an appended program", () => Uint8Array.from([...smallModule({}), 0x7f, 0x45, 0x4c, 0x46]), INVALID, /bytes/],
    ["a section out of order", () => moduleOf(section(3, [0]), section(1, [0])), INVALID, /once and in order/],
    ["a section twice", () => moduleOf(section(1, [0]), section(1, [0])), INVALID, /once and in order/],
    ["a section longer than the file", () => moduleOf([1, 0x7f, 0]), INVALID, /expected 127 bytes, got 1/],
    ["a section shorter than it says", () => moduleOf(section(1, [0, 0])), INVALID, /1 more bytes/],
    ["a number of six bytes", () => moduleOf([1, 0x80, 0x80, 0x80, 0x80, 0x80, 0]), INVALID, /32 bits, got a longer/],
    ["a number beyond 32 bits", () => moduleOf([1, 0xff, 0xff, 0xff, 0xff, 0x1f]), INVALID, /32 bits, got a larger/],
    ["a constant beyond 32 bits", code(0x41, 0xff, 0xff, 0xff, 0xff, 0x4f), INVALID, /32 bits, got a larger/],
    ["a constant beyond 64 bits", code(0x42, ...fill(9, 0xff), 0x01, 0x1a, 0x20, 0), INVALID, /64 bits/],
    ["an opcode that nobody has", code(0x27), INVALID, /expected an opcode, got 0x27/],
    ["a body that ends early", code(0x02, 0x40), INVALID, /got the end of its bytes/],
    ["a body that goes on behind its end", code(0x20, 0, 0x0b, 0x01), INVALID, /another length/],
    ["else without if", code(0x05, 0x20, 0), INVALID, /if in front of else/],
    ["else twice", code(0x20, 0, 0x04, 0x40, 0x05, 0x05, 0x0b, 0x20, 0), INVALID, /if in front of else/],
    ["a branch beyond the body", code(0x0c, 1), INVALID, /open blocks, got 1/],
    ["a local that is not there", code(0x20, 1), INVALID, /1 locals, got 1/],
    ["a global that is not there", code(0x23, 1), INVALID, /1 globals, got 1/],
    ["a function that is not there", code(0x20, 0, 0x10, 1), INVALID, /1 functions, got 1/],
    ["a type that is not there", code(0x20, 0, 0x11, 1, 0), INVALID, /1 types, got 1/],
    ["the type of a block that is not there", code(0x02, 0x01, 0x0b), INVALID, /type of a block, got 1/],
    ["a table that is not there", code(0x20, 0, 0x25, 1), INVALID, /1 tables, got 1/],
    ["fewer bodies than functions", sections({ 10: [0] }), INVALID, /bodies of 1 functions, got 0/],
    ["no bodies at all", () => moduleOf(section(1, [1, 0x60, 0, 0]), section(3, [1, 0])), INVALID, /no code section/],
    ["another number of data segments", sections({ 12: [1] }), INVALID, /expected 1 data segments, got 0/],
    ["an export twice", sections({ 7: vector(fill(2, [...name("run"), 0, 0])) }), INVALID, /each export once/],
    ["a start function with parameters", sections({ 8: [0] }), INVALID, /start function without/],
    ["a name that is not UTF-8", sections({ 7: vector([[2, 0xc3, 0x28, 0, 0]]) }), INVALID, /UTF-8/],
    ["a maximum below the minimum", sections({ 5: [1, 1, 2, 1] }), INVALID, /maximum of at least 2, got 1/],
    [
      "2^32 - 1 locals, twice",
      small({ locals: fill(2, [0xffff_ffff, 0x7f] as const) }),
      REFUSED,
      /locals, got 4294967296/,
    ],
    ["50,001 locals", small({ locals: [[50_001, 0x7f]] }), REFUSED, /at most 4096 parameters and locals, got 50002/],
  ]);

  test("a real plugin that ends at any of its bytes", async () => {
    const { component } = await buildPlugin({ folder: join(import.meta.dirname, "../../guests/probe") });
    const [main] = readComponent(component).modules;
    assert.ok(main !== undefined && main.length > 2_000);
    judgeModule(main, PLUGIN_LIMITS);
    const ends: number[] = [];
    for (let length = 0; length < main.length; length++) {
      try {
        judgeModule(main.subarray(0, length), PLUGIN_LIMITS);
        ends.push(length);
      } catch (error) {
        assert.ok(isHeddleError(error), `at ${length}: ${error}`);
      }
    }
    assert.ok(ends.length <= 5, `only where sections that may be missing begin is an end, got ${ends}`);
  });
});

describe("WebAssembly that plugins may not use (W10)", () => {
  refused([
    ["a tail call", code(0x20, 0, 0x12, 0), REFUSED, /function 0: .*tail calls/],
    ["an indirect tail call", code(0x20, 0, 0x20, 0, 0x13, 0, 0), REFUSED, /tail calls/],
    ["an atomic instruction", code(0xfe, 0x00, 0x02, 0x00), REFUSED, /threads and atomics/],
    ["a shared memory", sections({ 5: [1, 3, 1, 1] }), REFUSED, /shared memory/],
    ["a memory of 64 bits", sections({ 5: [1, 4, 1] }), REFUSED, /64 bits/],
    ["a table of 64 bits", sections({ 4: [1, 0x70, 4, 1] }), REFUSED, /64 bits/],
    ["a page size of its own", sections({ 5: [1, 8, 1, 0] }), REFUSED, /flags 0x8/],
    ["two memories", sections({ 5: [2, 0, 1, 0, 1] }), REFUSED, /at most one memory/],
    ["a load from a second memory", code(0x20, 0, 0x28, 0x42, 1, 0), REFUSED, /alignment 66/],
    ["exceptions of old", code(0x06, 0x40, 0x19, 0x0b, 0x20, 0), REFUSED, /exceptions/],
    ["exceptions of today", code(0x1f, 0x40, 0, 0x0b, 0x20, 0), REFUSED, /exceptions/],
    ["throw", code(0x08, 0), REFUSED, /exceptions/],
    ["a tag", sections({ 13: [1, 0, 0] }), REFUSED, /tags/],
    ["a struct type", sections({ 1: [1, 0x5f, 0] }), REFUSED, /form 0x5f/],
    ["a recursive type", sections({ 1: [1, 0x4e, 0] }), REFUSED, /form 0x4e/],
    ["an instruction of garbage collection", code(0xfb, 0x00, 0x00), REFUSED, /garbage collection/],
    ["a typed reference", sections({ 6: [1, 0x64, 0x00, 0, 0xd0, 0x70, 0x0b] }), REFUSED, /type 0x64/],
    ["call_ref", code(0x14, 0), REFUSED, /typed function references/],
    ["relaxed SIMD", code(0xfd, 0x80, 0x02), REFUSED, /relaxed/],
    ["wide arithmetic", code(0xfc, 19), REFUSED, /0xfc 19/],
    ["a section of tomorrow", () => moduleOf(section(14, [0])), REFUSED, /section that is known, got 14/],
    [
      "an import with externref",
      sections({
        1: vector([
          [0x60, 1, 0x6f, 0],
          [0x60, 1, 0x7f, 1, 0x7f],
        ]),
        2: [1, ...name("a"), ...name("b"), 0, 0],
        3: [1, 1],
        7: [0],
      }),
      REFUSED,
      /externref/,
    ],
    ["an imported tag", sections({ 2: [1, ...name("a"), ...name("b"), 4, 0, 0] }), REFUSED, /tag/],
  ]);
});

describe("modules beyond a limit (W02-W08, W13, W14)", () => {
  refused([
    ["70,000 functions", sections(bodies(70_000, body([0, 0x20, 0, 0x0b]))), REFUSED, /at most 65536 functions/],
    [
      "locals times blocks in 5 KB",
      small({ locals: [[4_000, 0x7f]], code: [...fill(1_000, [0x20, 0, 0x04, 0x40, 0x0b]).flat(), 0x20, 0] }),
      REFUSED,
      /function 0: expected locals times blocks of at most 2000000, got 4001 locals times 1001 blocks/,
    ],
    [
      "the same over many functions",
      sections(bodies(200, body([1, ...leb(4_000), 0x7f, ...fill(40, [0x02, 0x40, 0x0b]).flat(), 0x20, 0, 0x0b]))),
      REFUSED,
      /at most 20000000 in all/,
    ],
    [
      "100,000 blocks in one another",
      small({ code: [...fill(100_000, [0x02, 0x40]).flat(), ...fill(100_000, 0x0b), 0x20, 0] }),
      REFUSED,
      /nested at most 4096 deep/,
    ],
    [
      "a body of 1.1 MB",
      small({ code: [...fill(1_100_000, 0x01), 0x20, 0] }),
      REFUSED,
      /body of at most 1048576 bytes/,
    ],
    [
      "1,200,000 targets of branch tables",
      sections(bodies(20, body([0, 0x20, 0, 0x0e, ...leb(60_000), ...fill(60_001, 0), 0x0b]))),
      REFUSED,
      /targets of branch tables/,
    ],
    ["a memory of all pages", sections({ 5: [1, 0, ...leb(65_536)] }), REFUSED, /at most 256 pages, got one of 65536/],
    ["a table of ten million", sections({ 4: [1, 0x70, 0, ...leb(10_000_000)] }), REFUSED, /at most 10000 elements/],
    [
      "two tables of 5,001",
      sections({ 4: [2, 0x70, 0, ...leb(5_001), 0x70, 0, ...leb(5_001)] }),
      REFUSED,
      /at most 10000 elements together, got 10002/,
    ],
    ["100,000 exports", sections({ 7: [...leb(100_000)] }), REFUSED, /at most 2000 exports, got 100000/],
    ["100,000 types", sections({ 1: [...leb(100_000)] }), REFUSED, /at most 10000 types/],
    ["1,000 parameters", sections({ 1: [1, 0x60, ...leb(1_000)] }), REFUSED, /at most 128 parameters/],
    [
      "a name of 1 MB",
      sections({ 7: vector([[...name("x".repeat(1 << 20)), 0, 0]]) }),
      REFUSED,
      /name of at most 1024/,
    ],
    [
      "a name of the host's own",
      sections({ 7: vector([[...name("heddle:meter/fuel"), 0, 0]]) }),
      REFUSED,
      /heddle:meter\//,
    ],
    [
      "a million elements",
      sections({ 9: [1, 0, 0x41, 0, 0x0b, ...leb(1_000_000)] }),
      REFUSED,
      /at most 200000 elements/,
    ],
    ["a file of more than 16 MB", () => new Uint8Array((16 << 20) + 1), REFUSED, /at most 16777216 bytes/],
  ]);
});
