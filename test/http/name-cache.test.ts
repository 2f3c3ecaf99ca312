import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type AskSystem, createNameCache } from "../../runtime/http/name-cache.ts";
import { manualClock } from "../../runtime/telemetry/clock.ts";

type Answer = readonly string[] | Error;

const addressesOf = (found: readonly string[]): LookupAddress[] =>
  found.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

/** A cache before a resolver that answers when it is told to. */
function stand() {
  const clock = manualClock();
  const questions: { name: string; answer: (answer: Answer) => void }[] = [];
  const ask: AskSystem = (name, _options, done) => {
    questions.push({
      name,
      answer: (answer) => (answer instanceof Error ? done(answer, []) : done(null, addressesOf(answer))),
    });
  };
  const lookup = createNameCache({ ask, clock });
  const resolve = (name: string, family = 0): Promise<string[] | string> =>
    new Promise((told) => {
      lookup(name, { all: true, family }, (error, found) => {
        if (error !== null) told(error.code ?? error.message);
        else told((found as LookupAddress[]).map(({ address }) => address));
      });
    });
  const answer = (given: Answer) => questions.shift()?.answer(given);
  return { clock, questions, lookup, resolve, answer };
}

const missing = Object.assign(new Error("no such name"), { code: "ENOTFOUND" });

describe("the names of endpoints", () => {
  test("are asked for once, whatever number of connections wait; each begins with another address", async () => {
    const { questions, resolve, answer } = stand();
    const waiting = [resolve("a.test"), resolve("a.test"), resolve("a.test")];
    assert.deepEqual(
      questions.map(({ name }) => name),
      ["a.test"],
    );
    answer(["10.0.0.1", "fd00::1"]);
    assert.deepEqual(await Promise.all(waiting), [
      ["10.0.0.1", "fd00::1"],
      ["fd00::1", "10.0.0.1"],
      ["10.0.0.1", "fd00::1"],
    ]);
    assert.deepEqual(await resolve("a.test", 6), ["fd00::1"]);
    assert.equal(questions.length, 0);
  });

  test("one address where one is asked for", async () => {
    const { lookup, answer } = stand();
    const one = new Promise((told) => lookup("a.test", {}, (_error, address, family) => told([address, family])));
    answer(["10.0.0.1"]);
    assert.deepEqual(await one, ["10.0.0.1", 4]);
  });

  test("are asked for anew after 30 s, while the old answer serves; after a minute the new one is waited for", async () => {
    const { clock, questions, resolve, answer } = stand();
    const first = resolve("a.test");
    answer(["10.0.0.1"]);
    await first;
    clock.advance(29_000);
    await resolve("a.test");
    assert.equal(questions.length, 0);
    clock.advance(1_000);
    assert.deepEqual(await resolve("a.test"), ["10.0.0.1"]);
    answer(["10.0.0.2"]);
    assert.deepEqual(await resolve("a.test"), ["10.0.0.2"]);
    clock.advance(60_000);
    const late = resolve("a.test");
    await turn();
    answer(["10.0.0.3"]);
    assert.deepEqual(await late, ["10.0.0.3"]);
  });

  test("keep their last good answer while there is no other", async () => {
    const { clock, questions, resolve, answer } = stand();
    const first = resolve("a.test");
    answer(["10.0.0.1"]);
    await first;
    clock.advance(3_600_000);
    const late = resolve("a.test");
    answer(missing);
    assert.deepEqual(await late, ["10.0.0.1"]);
    assert.deepEqual(await resolve("a.test"), ["10.0.0.1"]);
    assert.equal(questions.length, 0, "not at once again");
  });

  test("that cannot be resolved fail at once for a second", async () => {
    const { clock, questions, resolve, answer } = stand();
    const first = resolve("a.test");
    answer(missing);
    assert.deepEqual([await first, await resolve("a.test"), questions.length], ["ENOTFOUND", "ENOTFOUND", 0]);
    clock.advance(1_000);
    const second = resolve("a.test");
    answer(["10.0.0.1"]);
    assert.deepEqual(await second, ["10.0.0.1"]);
  });

  test("never stand for where credentials are, today or after they have changed (rebinding)", async () => {
    const { clock, resolve, answer } = stand();
    const first = resolve("a.test");
    answer(["169.254.169.254", "10.0.0.1", "fd00:ec2::254", "::ffff:169.254.169.254"]);
    assert.deepEqual(await first, ["10.0.0.1"]);
    clock.advance(60_000);
    const second = resolve("a.test");
    answer(["169.254.169.254"]);
    assert.equal(await second, "EFORBIDDEN");
    assert.equal(await resolve("a.test"), "EFORBIDDEN");
  });

  test("O18 have 32 addresses at most, and are 1,024 at most", async () => {
    const { questions, resolve, answer } = stand();
    const many = resolve("a.test");
    answer(Array.from({ length: 1_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`));
    assert.equal((await many).length, 32);
    for (let index = 0; index < 1_024; index += 1) {
      const one = resolve(`n${index}.test`);
      answer(["10.0.0.1"]);
      await one;
    }
    void resolve("n1023.test");
    assert.equal(questions.length, 0);
    void resolve("a.test");
    assert.equal(questions.length, 1, "the oldest was forgotten");
  });
});
