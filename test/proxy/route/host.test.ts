import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseAuthority } from "../../../runtime/proxy/route/host.ts";

describe("parseAuthority (U21)", () => {
  const accepted: readonly (readonly [string, string, number | undefined])[] = [
    ["a.test", "a.test", undefined],
    ["a.test.", "a.test", undefined],
    ["A.TEST", "a.test", undefined],
    ["a.test:80", "a.test", 80],
    ["a.test:0080", "a.test", 80],
    ["a.test:65535", "a.test", 65535],
    ["a.test:", "a.test", undefined],
    ["127.0.0.1:8080", "127.0.0.1", 8080],
    ["[::1]", "[::1]", undefined],
    ["[2001:DB8::1]:443", "[2001:db8::1]", 443],
    ["0x7f.1", "0x7f.1", undefined],
    ["xn--mnchen-3ya.test", "xn--mnchen-3ya.test", undefined],
    ["svc_a.default", "svc_a.default", undefined],
  ];
  for (const [text, host, port] of accepted) {
    test(`${text} is ${host} port ${port}`, () => {
      const canonical = port === undefined ? host : `${host}:${port}`;
      assert.deepEqual(parseAuthority(text), { host, port, text: canonical });
      // Remembered by now.
      assert.deepEqual(parseAuthority(text), { host, port, text: canonical });
    });
  }

  const refused = [
    "",
    ":80",
    "a..test",
    ".a.test",
    "a.test..",
    "[::1",
    "[::1%25eth0]",
    "[::g]",
    "[]",
    "::1",
    "[::1]x",
    "[1.2.3.4]",
  ];
  for (const text of [
    ...refused,
    "a.test:0",
    "a.test:65536",
    "a.test:+80",
    "a.test:8a",
    "u@a.test",
    "a b",
    "a/b",
    "a%2eb",
    "é",
    "*",
  ]) {
    test(`${JSON.stringify(text)} is refused`, () => assert.equal(parseAuthority(text), undefined));
  }
});
