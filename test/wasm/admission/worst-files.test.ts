/** The files that take the longest: each is judged, or refused, in time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isHeddleError } from "../../../runtime/errors.ts";
import { judgeModule } from "../../../runtime/wasm/admission/judge-module.ts";
import { admitModule } from "../../../runtime/wasm/admit-module.ts";
import { PLUGIN_LIMITS } from "../../../runtime/wasm/limits.ts";
import { ownTime } from "../../own-time.ts";
import { leb, name, PREAMBLE, section, vector } from "../module-bytes.ts";

const MEGABYTES = 15.9 * 2 ** 20;

/** Functions of nearly 1 MB each, filled with the same few bytes. */
function filledWith(pattern: readonly number[]): Uint8Array {
  const inside = Math.floor(1_000_000 / pattern.length) * pattern.length;
  const count = Math.floor(MEGABYTES / (inside + 16));
  const head = [...leb(inside + 4), 0, ...[0x20, 0]];
  const one = new Uint8Array(head.length + inside + 1);
  one.set(head);
  for (let at = head.length; at < head.length + inside; at += pattern.length) one.set(pattern, at);
  one[one.length - 1] = 0x0b;
  const parts = [
    Uint8Array.from([...PREAMBLE, ...section(1, vector([[0x60, 1, 0x7f, 1, 0x7f]]))]),
    Uint8Array.from(section(3, [...leb(count), ...new Array<number>(count).fill(0)])),
    Uint8Array.from([10, ...leb(leb(count).length + count * one.length), ...leb(count)]),
    ...Array.from({ length: count }, () => one),
  ];
  return Buffer.concat(parts);
}

function dataSegments(): Uint8Array {
  const content = Buffer.concat([
    Uint8Array.from(leb(100_000)),
    ...Array.from({ length: 100_000 }, () => Uint8Array.from([1, 0])),
  ]);
  return Buffer.concat([Uint8Array.from([...PREAMBLE, 11, ...leb(content.length)]), content]);
}

function customSection(): Uint8Array {
  const size = Math.floor(MEGABYTES);
  const content = new Uint8Array(size);
  content.set(name("x"));
  return Buffer.concat([Uint8Array.from([...PREAMBLE, 0, ...leb(size)]), content]);
}

const FILES: readonly [what: string, bytes: () => Uint8Array][] = [
  ["nothing but nop", () => filledWith([0x01])],
  ["nothing but loops", () => filledWith([0x03, 0x40, 0x0b])],
  ["nothing but blocks that are left", () => filledWith([0x02, 0x40, 0x0c, 0x00, 0x0b])],
  ["nothing but conditions", () => filledWith([0x20, 0x00, 0x04, 0x40, 0x05, 0x0b])],
  ["nothing but constants of 64 bits", () => filledWith([0x42, ...new Array<number>(9).fill(0xff), 0x7f, 0x1a])],
  ["nothing but loads", () => filledWith([0x20, 0x00, 0x28, 0x02, 0x00, 0x1a])],
  ["nothing but vectors", () => filledWith([0xfd, 0x0c, ...new Array<number>(16).fill(0), 0x1a])],
  ["100,000 data segments", dataSegments],
  ["a custom section", customSection],
];

for (const [what, make] of FILES) {
  test(`${what}: judged within 250 ms and 64 MB`, () => {
    const bytes = make();
    let best = Number.POSITIVE_INFINITY;
    const before = process.memoryUsage();
    for (let round = 0; round < 5 && best > 250; round++) {
      const began = ownTime();
      assertJudged(() => judgeModule(bytes, PLUGIN_LIMITS));
      best = Math.min(best, ownTime() - began);
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    assert.ok(best <= 250, `took ${best} ms`);
    assert.ok(heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers < 64 << 20);
    assertJudged(() => admitModule(bytes, PLUGIN_LIMITS));
  });
}

/** Refused or not, but with a code. */
function assertJudged(judge: () => unknown): void {
  try {
    judge();
  } catch (error) {
    assert.ok(isHeddleError(error), String(error));
  }
}
