import assert from "node:assert/strict";
import { test } from "node:test";
import { readArguments } from "../../bench/proxy-options.ts";

const named = (args: string[], quick = false) =>
  readArguments(args, quick).scenarios.map(({ suffix, subjects }) => [
    suffix,
    ...subjects.map((one) => one.name ?? one.peer),
  ]);

test("without options: one kilobyte, every proxy that a promise names", () => {
  const [only, ...others] = named([]);
  assert.deepEqual(others, []);
  assert.equal(only?.[0], "");
  for (const name of ["heddle", "heddle+3", "haproxy+lua", "http-proxy-3", "@fastify/http-proxy"]) {
    assert.ok(only?.includes(name), name);
  }
  assert.ok(!only?.includes("tunnel"));
});

test("options choose scenarios and subjects", () => {
  assert.deepEqual(named(["--tls"]), [["-tls", "heddle"]]);
  const upstream = ["-upstream-tls", "-upstream-tls-once"];
  assert.deepEqual(
    named(["--upstream-tls"]),
    upstream.map((suffix) => [suffix, "heddle"]),
  );
  assert.deepEqual(
    named(["--body", "64k,1m"]).map(([suffix]) => suffix),
    ["-64k", "-1m"],
  );
  assert.deepEqual(named(["--workers"]), [["-shared", "heddle-1w", "heddle-2w"]]);
  assert.deepEqual(named(["--only", "heddle,tunnel"]), [["", "heddle", "tunnel"]]);
  assert.deepEqual(
    named(["--all"]).map(([suffix]) => suffix),
    ["", "-tls", ...upstream, "-64k", "-1m", "-shared"],
  );
  assert.deepEqual(named(["--only", "heddle", "--tree", "/a/other"]), [["", "heddle", "heddle@other"]]);
  assert.equal(readArguments(["--rounds", "9"], true).rounds, 9);
  assert.equal(readArguments([], true).rounds, 1);
});

test("what is not known is said", () => {
  assert.throws(() => named(["--body", "2k"]), /--body: expected some of 1k, 64k, 1m, got "2k"/);
  assert.throws(() => named(["--only", "apache"]), /--only: no such subject here, got "apache"/);
  assert.throws(() => named(["--nonsense"]), /--nonsense/);
});
