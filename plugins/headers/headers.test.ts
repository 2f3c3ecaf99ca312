import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { mountFilter } from "../../runtime/workbench/mount-filter.ts";

const mount = (config: object) => mountFilter(import.meta.dirname, { config });

test("a request's headers are removed, set and added, in this order", async () => {
  const filter = await mount({
    request: {
      remove: ["X-Internal", "x-trace"],
      set: [{ name: "X-Env", value: "test" }],
      add: [
        { name: "x-trace", value: "one" },
        { name: "x-trace", value: "two" },
        { name: "x-env", value: "more" },
      ],
    },
  });
  const sent = [
    ["x-internal", "1"],
    ["X-INTERNAL", "2"],
    ["x-env", "prod"],
    ["x-env", "dev"],
    ["x-trace", "old"],
    ["x-kept", "yes"],
  ] as const;
  const { request, verdict } = filter.request({ headers: sent });
  assert.equal(verdict, "next");
  assert.deepEqual(request.headers, { "x-env": "test, more", "x-trace": "one, two", "x-kept": "yes" });
});

test("a response's headers are edited too, and a request's are left alone then", async () => {
  const filter = await mount({
    response: {
      remove: ["server"],
      set: [{ name: "x-served-for", value: "{auth.subject}" }],
      add: [{ name: "vary", value: "x-tenant" }],
    },
  });
  const result = filter.request({ headers: { server: "x" }, attributes: { "auth.subject": "alice" } });
  assert.equal(result.request.headers.server, "x");
  const response = result.respond({ headers: { server: "nginx", vary: "accept", "x-served-for": "eve" } });
  assert.deepEqual(response.headers, { vary: "accept, x-tenant", "x-served-for": "alice" });
  assert.equal(response.status, 200);
});

describe("templates", () => {
  const attributes = {
    "auth.subject": "alice",
    "auth.level": 7,
    "auth.rate": 0.25,
    "auth.admin": true,
    "auth.guest": false,
  };
  const table: [template: string, skipping: string | undefined, emptying: string][] = [
    ["plain", "plain", "plain"],
    ["{auth.subject}", "alice", "alice"],
    ["<{auth.subject}|{auth.level}>", "<alice|7>", "<alice|7>"],
    ["{auth.rate} {auth.admin} {auth.guest}", "0.25 true false", "0.25 true false"],
    ["{{auth.subject}}", "{auth.subject}", "{auth.subject}"],
    ["{{{auth.subject}}}", "{alice}", "{alice}"],
    ["{auth.absent}", undefined, ""],
    ["a{auth.absent}b", undefined, "ab"],
  ];
  for (const [template, skipping, emptying] of table) {
    test(template, async () => {
      const request = { set: [{ name: "x-out", value: template }] };
      const skip = await mount({ request });
      const empty = await mount({ request, missing: "empty" });
      assert.equal(skip.request({ attributes }).request.headers["x-out"], skipping);
      assert.equal(empty.request({ attributes }).request.headers["x-out"], emptying);
    });
  }
});

test("what a client sends in a header that is set never stands for a missing attribute", async () => {
  const filter = await mount({ request: { set: [{ name: "x-user", value: "{auth.subject}" }] } });
  const result = filter.request({ headers: { "X-User": "root" } });
  assert.equal(result.request.headers["x-user"], undefined);
});

test("no attribute can break out of its header", async () => {
  const name = "x-user";
  const value = "{auth.subject}";
  const filter = await mount({
    request: { set: [{ name, value }], add: [{ name: "x-also", value }] },
    response: { set: [{ name, value }], add: [{ name: "x-also", value }] },
  });
  const text = fc.string({ unit: fc.constantFrom(..."ab:\r\n\0\t \x7fé\u2028€"), maxLength: 12 });
  fc.assert(
    fc.property(text, (subject) => {
      const result = filter.request({ attributes: { "auth.subject": subject }, headers: { [name]: "root" } });
      assert.equal(result.verdict, "next");
      for (const headers of [result.request.headers, result.respond({ headers: { [name]: "root" } }).headers]) {
        assert.ok(Object.keys(headers).every((one) => one === name || one === "x-also"));
        for (const kept of Object.values(headers)) {
          assert.equal(kept, subject);
          assert.doesNotMatch(kept, /[\r\n\0]/);
        }
      }
    }),
    { numRuns: 500 },
  );
  assert.ok((filter.counters.get("refused_edits") ?? 0) > 0);
});

test("fields that belong to the proxy are left alone, and the request goes on", async () => {
  const filter = await mount({
    request: { remove: ["content-length"], set: [{ name: "transfer-encoding", value: "chunked" }] },
  });
  const result = filter.request({ headers: { "content-length": "5" } });
  assert.equal(result.verdict, "next");
  assert.deepEqual(result.request.headers, { "content-length": "5" });
  assert.equal(filter.counters.get("refused_edits"), 2);
});

describe("refused configurations", () => {
  const set = (...fields: [name: string, value: string][]) => ({
    request: { set: fields.map(([name, value]) => ({ name, value })) },
  });
  const table: [what: string, config: object, code: string, says: RegExp][] = [
    ["nothing", {}, "CONFIG_INVALID", /fewer than 1/],
    ["only the policy", { missing: "skip" }, "CONFIG_REFUSED", /request, response or both/],
    ["a bad name", set(["x user", "a"]), "CONFIG_INVALID", /name/],
    ["a line end", set(["x-user", "a\r\nb: c"]), "CONFIG_INVALID", /value/],
    [
      "an open brace",
      set(["x-user", "{auth.subject"]),
      "CONFIG_REFUSED",
      /request\.set: x-user: expected \{attribute\.name\}/,
    ],
    ["an empty name", set(["x-user", "a{}"]), "CONFIG_REFUSED", /expected \{attribute\.name\}/],
    ["a closing brace", set(["x-user", "a}b"]), "CONFIG_REFUSED", /\} without \{/],
    ["a space in a name", set(["x-user", "{auth subject}"]), "CONFIG_REFUSED", /expected \{attribute\.name\}/],
    ["a name set twice", set(["x-user", "a"], ["X-User", "b"]), "CONFIG_REFUSED", /x-user is set twice/],
    [
      "a name set and removed",
      { response: { remove: ["Server"], set: [{ name: "server", value: "a" }] } },
      "CONFIG_REFUSED",
      /response\.set: server is also removed/,
    ],
  ];
  for (const [what, config, code, says] of table) {
    test(what, async () => {
      await assert.rejects(mount(config), (error: Error & { code: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, says);
        return true;
      });
    });
  }
});
