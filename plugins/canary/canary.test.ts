import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mountFilter } from "../../runtime/workbench/mount-filter.ts";

const V1 = "shop/orders-v1:8080";
const V2 = "shop/orders-v2:8080";
const backends = [V1, V2];
const split = (stable: number, canary: number) => [
  { name: "v1", backend: V1, weight: stable },
  { name: "v2", backend: V2, weight: canary },
];
const mount = (config: object = {}) =>
  mountFilter(import.meta.dirname, { config: { split: split(90, 10), ...config } });
type Mounted = Awaited<ReturnType<typeof mount>>;

/** Fewer where each request goes through another process. */
const KEYS = Number(process.env.HEDDLE_TEST_KEYS ?? 20_000);
const choose = (filter: Mounted, key: string) =>
  filter.request({ backends, attributes: { "auth.subject": key } }).backend ?? "none";
const chooseAll = (filter: Mounted) => Array.from({ length: KEYS }, (_, i) => choose(filter, `user-${i}`));
const bySubject = { key: { attribute: "auth.subject" } };

/** Whether a count of successes is one that fair coins give in all but one of about ten million runs (5 sigma). */
function assertBinomial(count: number, trials: number, probability: number): void {
  const bound = 5 * Math.sqrt(trials * probability * (1 - probability));
  const expected = trials * probability;
  assert.ok(Math.abs(count - expected) <= bound, `${count} of ${trials}, expected ${expected} within ${bound}`);
}

describe(`over ${KEYS} keys`, () => {
  for (const [stable, canary] of [
    [90, 10],
    [50, 50],
    [999, 1],
    [1, 2],
  ] as const) {
    test(`${stable}:${canary} is kept to within the binomial bound`, async () => {
      const filter = await mount({ ...bySubject, split: split(stable, canary) });
      const chosen = chooseAll(filter);
      assertBinomial(chosen.filter((one) => one === V2).length, KEYS, canary / (stable + canary));
      assert.ok(chosen.every((one) => one === V1 || one === V2));
    });
  }

  test("a weight of 0 gets nobody, alone it would be everybody", async () => {
    assert.ok(chooseAll(await mount({ ...bySubject, split: split(1, 0) })).every((one) => one === V1));
    assert.ok(chooseAll(await mount({ ...bySubject, split: split(0, 1) })).every((one) => one === V2));
  });

  test("a key stays where it is, in another instance of the filter as well", async () => {
    const [one, other] = [await mount(bySubject), await mount(bySubject)];
    const first = chooseAll(one);
    assert.deepEqual(chooseAll(one), first);
    assert.deepEqual(chooseAll(other), first);
  });

  test("a growing canary takes keys over and gives none back", async () => {
    const few = chooseAll(await mount(bySubject));
    const more = chooseAll(await mount({ ...bySubject, split: split(70, 30) }));
    assert.ok(few.every((backend, i) => backend === V1 || more[i] === V2));
  });

  test("another salt deals independently", async () => {
    const one = chooseAll(await mount({ ...bySubject, split: split(50, 50), salt: "a" }));
    const other = chooseAll(await mount({ ...bySubject, split: split(50, 50), salt: "b" }));
    assertBinomial(one.filter((backend, i) => backend === other[i]).length, KEYS, 0.5);
  });
});

describe("the key", () => {
  const keys: [what: string, key: unknown, init: (value: string) => object][] = [
    ["an attribute", { attribute: "auth.subject" }, (value) => ({ attributes: { "auth.subject": value } })],
    ["a header", { header: "X-User" }, (value) => ({ headers: { "x-user": value } })],
    ["a cookie", { cookie: "sid" }, (value) => ({ headers: { cookie: `a=1; sid=${value}; b=2` } })],
    ["the client address", "client-address", (value) => ({ clientAddress: value })],
  ];
  for (const [what, key, init] of keys) {
    test(`${what} decides, and the rest of the request does not`, async () => {
      const filter = await mount({ key, split: split(50, 50) });
      const values = Array.from({ length: 200 }, (_, i) => `192.0.2.${i}`);
      const chosen = values.map((value) => filter.request({ backends, ...init(value) }).backend);
      const again = values.map(
        (value) => filter.request({ backends, method: "POST", path: "/x", ...init(value) }).backend,
      );
      assert.deepEqual(again, chosen);
      assert.equal(new Set(chosen).size, 2);
    });
  }

  test("a request without it goes by its address, or is left to the route", async () => {
    const config = { key: { header: "x-user" }, split: split(50, 50) };
    const filter = await mount(config);
    const addresses = Array.from({ length: 100 }, (_, i) => ({ backends, clientAddress: `192.0.2.${i}` }));
    const chosen = addresses.map((init) => filter.request(init));
    assert.equal(new Set(chosen.map(({ backend }) => backend)).size, 2);
    assert.equal(chosen[0]?.attributes["canary.by"], "client-address");
    const leaving = await mount({ ...config, missing: "route" });
    assert.ok(addresses.every((init) => leaving.request(init).backend === undefined));
  });
});

describe("overrides", async () => {
  const filter = await mount({ overrideHeader: "X-Canary", overrideCookie: "canary", split: split(1, 0) });
  const table: [what: string, headers: Record<string, string>, backend: string, by: string][] = [
    ["nothing", {}, V1, "key"],
    ["the header", { "x-canary": "v2" }, V2, "header"],
    ["the cookie", { cookie: "canary=v2" }, V2, "cookie"],
    ["the header before the cookie", { "x-canary": "v1", cookie: "canary=v2" }, V1, "header"],
    ["an unknown name in the header", { "x-canary": "v3" }, V1, "key"],
    ["an unknown name in the header, then the cookie", { "x-canary": "v3", cookie: "canary=v2" }, V2, "cookie"],
    ["a backend's own name", { "x-canary": V2 }, V1, "key"],
    ["another case", { "x-canary": "V2" }, V1, "key"],
  ];
  for (const [what, headers, backend, by] of table) {
    test(`${what}: ${backend}`, () => {
      const result = filter.request({ backends, headers });
      assert.equal(result.backend, backend);
      assert.equal(result.attributes["canary.backend"], backend);
      assert.equal(result.attributes["canary.by"], by);
    });
  }

  test("count for nothing when they are not configured", async () => {
    const plain = await mount({ split: split(1, 0) });
    assert.equal(plain.request({ backends, headers: { "x-canary": "v2", cookie: "canary=v2" } }).backend, V1);
  });
});

test("a backend that the route does not have leaves the choice to the route, and is counted", async () => {
  const filter = await mount({ split: split(0, 1) });
  const result = filter.request({ backends: [V1] });
  assert.equal(result.verdict, "next");
  assert.equal(result.backend, undefined);
  assert.equal(result.attributes["canary.backend"], undefined);
  assert.equal(filter.counters.get("backend_not_in_route"), 1);
});

describe("refused configurations", () => {
  const twice = [...split(1, 1), { name: "v1", backend: V2, weight: 1 }];
  const table: [what: string, config: object, code: string, says: RegExp][] = [
    ["no side", { split: [] }, "CONFIG_INVALID", /split/],
    ["a negative weight", { split: split(-1, 1) }, "CONFIG_INVALID", /weight/],
    ["half a weight", { split: split(0.5, 0.5) }, "CONFIG_INVALID", /weight/],
    ["a backend without a port", { split: [{ name: "a", backend: "shop/a", weight: 1 }] }, "CONFIG_INVALID", /backend/],
    ["two keys", { key: { header: "a", cookie: "b" } }, "CONFIG_INVALID", /key/],
    ["a key of another kind", { key: "random" }, "CONFIG_INVALID", /key/],
    ["all weights 0", { split: split(0, 0) }, "CONFIG_REFUSED", /weight above 0/],
    ["a name twice", { split: twice }, "CONFIG_REFUSED", /two sides are called v1/],
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
