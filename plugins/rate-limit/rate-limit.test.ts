import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { mountFilter } from "../../runtime/workbench/mount-filter.ts";

const mount = (config: object = {}) =>
  mountFilter(import.meta.dirname, { config: { limit: 3, periodSeconds: 60, ...config } });

test("a caller gets the burst, then 429, then one token each time one has come back", async () => {
  const filter = await mount();
  for (const left of [2, 1, 0]) {
    const result = filter.request();
    assert.equal(result.verdict, "next");
    const response = result.respond();
    assert.deepEqual(response.values("ratelimit-policy"), ['"default";q=3;w=60']);
    assert.deepEqual(response.values("ratelimit"), [`"default";r=${left};t=${(3 - left) * 20}`]);
  }
  filter.clock.advance(500);
  const refused = filter.request();
  assert.equal(refused.status, 429);
  assert.equal(refused.detail, "rate_limited");
  assert.equal(refused.headers["retry-after"], "20");
  assert.equal(refused.headers.ratelimit, '"default";r=0;t=60');
  assert.equal(refused.headers["ratelimit-policy"], '"default";q=3;w=60');
  assert.deepEqual(refused.json(), { error: "rate_limited" });
  assert.equal(refused.attributes["ratelimit.default.limited"], true);
  filter.clock.advance(20_000);
  assert.equal(filter.request().verdict, "next");
  assert.equal(filter.request().status, 429);
  assert.deepEqual(Object.fromEntries(filter.counters), { allowed: 4, limited: 2 });
});

test("who waits as long as retry-after says is let in", async () => {
  const cases = fc.record({
    limit: fc.integer({ min: 1, max: 50 }),
    periodSeconds: fc.integer({ min: 1, max: 100 }),
    burst: fc.integer({ min: 1, max: 20 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async (config) => {
      const filter = await mount(config);
      for (let i = 0; i < config.burst; i += 1) assert.equal(filter.request().verdict, "next");
      const refused = filter.request();
      assert.equal(refused.status, 429);
      filter.clock.advance(Number(refused.headers["retry-after"]) * 1000);
      assert.equal(filter.request().verdict, "next");
      filter.close();
    }),
    { numRuns: 25 },
  );
});

test("burst and cost", async () => {
  const filter = await mount({ limit: 10, periodSeconds: 10, burst: 7, cost: 3, name: "search" });
  assert.equal(filter.request().respond().headers.ratelimit, '"search";r=4;t=3');
  assert.equal(filter.request().respond().headers["ratelimit-policy"], '"search";q=10;w=10');
  const refused = filter.request();
  assert.equal(refused.headers["retry-after"], "2");
  assert.equal(refused.headers.ratelimit, '"search";r=1;t=6');
});

test("a policy adds its headers to those of others", async () => {
  const filter = await mount({ name: "inner" });
  const response = filter.request().respond({ headers: { ratelimit: '"outer";r=1;t=1' } });
  assert.deepEqual(response.values("ratelimit"), ['"outer";r=1;t=1', '"inner";r=2;t=20']);
});

describe("what has a bucket of its own", () => {
  type Shot = Parameters<Awaited<ReturnType<typeof mount>>["request"]>[0];
  const alice = { attributes: { "auth.subject": "alice" } };
  const bob = { attributes: { "auth.subject": "bob" } };
  const from = (clientAddress: string) => ({ clientAddress });
  const tenant = (value: string) => ({ headers: { "x-tenant": value } });
  const bySubject = { key: [{ attribute: "auth.subject" }] };
  const byTenant = { key: [{ header: "X-Tenant" }] };
  const table: [what: string, config: object, a: Shot, b: Shot, together: boolean][] = [
    ["one address", {}, from("192.0.2.1"), from("192.0.2.1"), true],
    ["two addresses", {}, from("192.0.2.1"), from("192.0.2.2"), false],
    ["one IPv6 network", {}, from("2001:db8:0:7::1"), from("2001:0DB8:0000:7:a:b:c:d"), true],
    ["two IPv6 networks", {}, from("2001:db8:0:7::1"), from("2001:db8:0:8::1"), false],
    ["short forms of one network", {}, from("2001:db8::"), from("2001:db8:0:0:1::2"), true],
    ["an IPv4 address and its mapped form", {}, from("192.0.2.1"), from("::ffff:192.0.2.1"), true],
    ["two mapped addresses", {}, from("::ffff:192.0.2.1"), from("::ffff:192.0.2.2"), false],
    [
      "one subject from two addresses",
      bySubject,
      { ...alice, ...from("192.0.2.1") },
      { ...alice, ...from("192.0.2.2") },
      true,
    ],
    ["two subjects from one address", bySubject, alice, bob, false],
    ["no subject: one address", bySubject, {}, {}, true],
    ["no subject: two addresses", bySubject, from("192.0.2.1"), from("192.0.2.2"), false],
    ["no subject, shared", { ...bySubject, missing: "shared" }, from("192.0.2.1"), from("192.0.2.2"), true],
    [
      "no subject and one with an empty name",
      { ...bySubject, missing: "shared" },
      {},
      { attributes: { "auth.subject": "" } },
      false,
    ],
    [
      "no subject and one named like the address",
      bySubject,
      {},
      { attributes: { "auth.subject": "192.0.2.1" } },
      false,
    ],
    ["one tenant", byTenant, tenant("a"), tenant("a"), true],
    ["two tenants", byTenant, tenant("a"), tenant("b"), false],
    ["padding behind 128 characters", byTenant, tenant(`${"a".repeat(128)}1`), tenant(`${"a".repeat(128)}2`), true],
    ["one route", { key: ["route"] }, { route: "shop/orders/0" }, { route: "shop/orders/0" }, true],
    ["two routes", { key: ["route"] }, { route: "shop/orders/0" }, { route: "shop/orders/1" }, false],
    ["no key at all", { key: [] }, { ...alice, ...from("192.0.2.1") }, { ...bob, ...from("192.0.2.2") }, true],
    [
      "one of two parts differs",
      { key: [{ attribute: "auth.subject" }, "route"] },
      { ...alice, route: "a/b/0" },
      { ...alice, route: "a/b/1" },
      false,
    ],
  ];
  for (const [what, config, a, b, together] of table) {
    test(`${what}: ${together ? "one bucket" : "two buckets"}`, async () => {
      const filter = await mount({ limit: 1, ...config });
      assert.equal(filter.request(a).verdict, "next");
      assert.equal(filter.request(b).verdict, together ? "respond" : "next");
      assert.equal(filter.request(a).status, 429);
    });
  }

  test("no two pairs of values share a bucket, whatever they hold", async () => {
    const filter = await mount({ limit: 1, key: [{ attribute: "a.x" }, { attribute: "a.y" }] });
    const seen = new Set<string>();
    const part = fc.string({ unit: fc.constantFrom(..." =-@0123a"), maxLength: 6 });
    fc.assert(
      fc.property(part, part, (x, y) => {
        const key = JSON.stringify([x, y]);
        const verdict = filter.request({ attributes: { "a.x": x, "a.y": y } }).verdict;
        assert.equal(verdict, seen.has(key) ? "respond" : "next");
        seen.add(key);
      }),
      { numRuns: 500 },
    );
  });
});

test("with missing: skip a request without the key passes uncounted", async () => {
  const filter = await mount({ limit: 1, key: [{ header: "x-tenant" }], missing: "skip" });
  for (let i = 0; i < 5; i += 1) {
    const result = filter.request();
    assert.equal(result.verdict, "next");
    assert.deepEqual(result.respond().headers, {});
  }
  assert.equal(filter.counters.size, 0);
});

test("a shadow counts and logs, and says nothing to the client", async () => {
  const filter = await mount({ limit: 1, shadow: true, name: "trial" });
  assert.deepEqual(filter.request().respond().headers, {});
  const result = filter.request();
  assert.equal(result.verdict, "next");
  assert.equal(result.attributes["ratelimit.trial.limited"], true);
  assert.deepEqual(result.respond().headers, {});
  assert.deepEqual(Object.fromEntries(filter.counters), { allowed: 1, shadow_limited: 1 });
  assert.match(filter.logs[0]?.message ?? "", /shadow: the policy trial would have refused/);
});

describe("refused configurations", () => {
  const table: [what: string, config: object, code: string, says: RegExp][] = [
    ["no limit", { limit: undefined }, "CONFIG_INVALID", /limit/],
    ["a limit of 0", { limit: 0 }, "CONFIG_INVALID", /limit/],
    ["half a second", { periodSeconds: 0.5 }, "CONFIG_INVALID", /periodSeconds/],
    ["a part of another kind", { key: ["cookie"] }, "CONFIG_INVALID", /key/],
    ["a part that is two", { key: [{ header: "a", attribute: "b.c" }] }, "CONFIG_INVALID", /key/],
    ["a name that would break the header", { name: 'a"b' }, "CONFIG_INVALID", /name/],
    ["a cost that no bucket holds", { burst: 2, cost: 3 }, "CONFIG_REFUSED", /cost.*never holds 3/],
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
