import assert from "node:assert/strict";
import { test } from "node:test";
import { describeProxies } from "../../runtime/cli/mesh-tables.ts";

const told = (error: unknown, proxyError?: unknown) => [
  {
    id: "vm",
    error: proxyError,
    plugins: [
      { name: "default/gate", state: "failed", error },
      { name: "b", state: "running" },
    ],
  },
];

const ERRORS: readonly { error: unknown; code: string; words: string[] }[] = [
  {
    error: { code: "GUEST_TRAP", detail: "GUEST_TRAP: unreachable" },
    code: "GUEST_TRAP",
    words: ["GUEST_TRAP: unreachable"],
  },
  { error: { code: "GUEST_TRAP", detail: "unreachable" }, code: "GUEST_TRAP", words: ["GUEST_TRAP: unreachable"] },
  {
    error: { code: "GUEST_TRAP", detail: "GUEST_TRAP of \u001b[2J" },
    code: "GUEST_TRAP",
    words: ["GUEST_TRAP: GUEST_TRAP of ?[2J"],
  },
  { error: { code: "GUEST_TRAP" }, code: "GUEST_TRAP", words: ["GUEST_TRAP: -"] },
  { error: "in its own words", code: "-", words: ["in its own words"] },
  { error: null, code: "failed", words: [] },
];
for (const { error, code, words } of ERRORS) {
  test(`the error ${JSON.stringify(error)} of a plugin says its code once`, () => {
    const [, row = "", ...below] = describeProxies(told(error));
    assert.equal(row.includes(code), true);
    assert.deepEqual(
      below.slice(0, -1).map((line) => line.trim()),
      words,
    );
  });
}

test("nothing of a long reason is lost, on a terminal of 80 columns as well", () => {
  const detail = `REGISTRY_DENIED: ${"expected a token that may pull ".repeat(120)}end.`;
  const error = { code: "REGISTRY_DENIED", detail };
  for (const width of [undefined, 80]) {
    const lines = describeProxies(told(error), width);
    assert.equal(
      lines
        .slice(2, -1)
        .map((line) => line.trim())
        .join(" "),
      detail,
    );
    if (width === undefined) assert.equal(lines.length, 4);
    else
      assert.ok(
        lines.every((line) => line.length <= width),
        lines.join("\n"),
      );
  }
});

test("what is wrong with the proxy itself stands once, beside what is wrong with a plugin", () => {
  const taken = { code: "LISTEN_FAILED", detail: "LISTEN_FAILED: port 80 is taken" };
  const lines = describeProxies(told({ code: "GUEST_TRAP", detail: "unreachable" }, taken));
  assert.match(lines[1] ?? "", /LISTEN_FAILED, GUEST_TRAP$/);
  assert.deepEqual(lines.slice(2, 4), ["  LISTEN_FAILED: port 80 is taken", "  GUEST_TRAP: unreachable"]);
  assert.match(lines[4] ?? "", /running +b +- +-$/);
  const [, alone] = describeProxies([{ id: "vm", error: taken, plugins: [] }]);
  assert.match(alone ?? "", /LISTEN_FAILED$/);
});
