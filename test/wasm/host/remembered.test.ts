import assert from "node:assert/strict";
import { test } from "node:test";
import { remembered } from "../../../runtime/wasm/host/remembered.ts";

function counted(): { asked: string[]; answer: (name: string) => number } {
  const asked: string[] = [];
  const answer = remembered((name) => {
    asked.push(name);
    return name.length;
  });
  return { asked, answer };
}

test("a name is looked at once", () => {
  const { asked, answer } = counted();
  assert.deepEqual([answer("a"), answer("bc"), answer("a"), answer("bc")], [1, 2, 1, 2]);
  assert.deepEqual(asked, ["a", "bc"]);
});

test("what is remembered is bounded in number and in length", () => {
  const { asked, answer } = counted();
  const long = "x".repeat(129);
  answer(long);
  answer(long);
  assert.equal(asked.length, 2, "a long name is never remembered");
  answer("first");
  for (let i = 0; i < 1024; i++) answer(`name-${i}`);
  asked.length = 0;
  assert.equal(answer("first"), 5);
  assert.deepEqual(asked, ["first"], "the oldest were forgotten");
});
