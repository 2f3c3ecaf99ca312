import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { mountFilter } from "../../runtime/workbench/mount-filter.ts";

const sha256 = (key: string) => createHash("sha256").update(key).digest("hex");
const keys = [
  { consumer: "acme", sha256: sha256("acme-key") },
  { consumer: "acme", sha256: sha256("acme-next+key=") },
  { consumer: "globex", sha256: sha256("globex-key") },
];
const mount = (config: object = {}) => mountFilter(import.meta.dirname, { config: { keys, ...config } });

describe("a key in a header", async () => {
  const filter = await mount({ consumerHeader: "x-consumer" });

  for (const [key, consumer] of [
    ["acme-key", "acme"],
    ["acme-next+key=", "acme"],
    ["globex-key", "globex"],
  ] as const) {
    test(`${key} is ${consumer}'s`, () => {
      const result = filter.request({ headers: { "X-Api-Key": key } });
      assert.equal(result.verdict, "next");
      assert.equal(result.attributes["auth.consumer"], consumer);
      assert.equal(result.attributes["auth.subject"], consumer);
      assert.equal(result.request.headers["x-consumer"], consumer);
      assert.equal(result.request.headers["x-api-key"], key);
    });
  }

  test("a key that comes again is its consumer's again, whatever came between", () => {
    const consumerOf = (key: string) => filter.request({ headers: { "x-api-key": key } }).attributes["auth.consumer"];
    for (let round = 0; round < 3; round++) {
      for (const { consumer, key } of [
        { consumer: "acme", key: "acme-key" },
        { consumer: undefined, key: "acme-kez" },
        { consumer: "globex", key: "globex-key" },
        { consumer: "acme", key: "acme-next+key=" },
        { consumer: undefined, key: "acme-ke" },
      ]) {
        assert.equal(consumerOf(key), consumer, `${key} in round ${round}`);
      }
    }
  });

  const refused: [what: string, headers: [string, string][], status: number, detail: string][] = [
    ["no key", [], 401, "api_key_missing"],
    ["an empty key", [["x-api-key", ""]], 401, "api_key_missing"],
    ["an unknown key", [["x-api-key", "acme-kez"]], 401, "api_key_unknown"],
    ["a key's beginning", [["x-api-key", "acme-ke"]], 401, "api_key_unknown"],
    ["a key with more behind it", [["x-api-key", "acme-key2"]], 401, "api_key_unknown"],
    ["another case", [["x-api-key", "ACME-KEY"]], 401, "api_key_unknown"],
    ["the digest itself", [["x-api-key", sha256("acme-key")]], 401, "api_key_unknown"],
    ["a very long value", [["x-api-key", "a".repeat(5000)]], 401, "api_key_unknown"],
    ["other than ASCII", [["x-api-key", "acme-key\u00e9"]], 401, "api_key_unknown"],
    [
      "two keys",
      [
        ["x-api-key", "acme-key"],
        ["x-api-key", "globex-key"],
      ],
      400,
      "api_key_ambiguous",
    ],
    [
      "the same key twice",
      [
        ["x-api-key", "acme-key"],
        ["X-API-KEY", "acme-key"],
      ],
      400,
      "api_key_ambiguous",
    ],
    ["a key in a cookie", [["cookie", "x-api-key=acme-key"]], 401, "api_key_missing"],
  ];
  for (const [what, headers, status, detail] of refused) {
    test(`${what}: ${status} ${detail}`, () => {
      const result = filter.request({ headers });
      assert.equal(result.status, status);
      assert.equal(result.detail, detail);
      assert.equal(result.headers["www-authenticate"], status === 401 ? "ApiKey" : undefined);
      assert.equal(result.attributes["auth.consumer"], undefined);
      assert.equal(typeof (result.json() as { error: string }).error, "string");
    });
  }

  test("a key in the query is not looked at", () => {
    assert.equal(filter.request({ path: "/?x-api-key=acme-key" }).detail, "api_key_missing");
  });

  test("what the client says about the consumer is removed", () => {
    const forged = filter.request({ headers: { "x-api-key": "acme-key", "X-Consumer": "globex" } });
    assert.deepEqual(forged.request.values("x-consumer"), ["acme"]);
  });
});

describe("a key in the query", async () => {
  const filter = await mount({ in: "query", name: "api_key" });
  const table: [path: string, status: number | undefined, consumer: string | undefined][] = [
    ["/?api_key=acme-key", undefined, "acme"],
    ["/?a=1&api_key=acme%2Dkey&b", undefined, "acme"],
    ["/?api%5Fkey=globex-key", undefined, "globex"],
    ["/?api_key=acme-next+key=", undefined, "acme"],
    ["/?api_key=acme-next%2Bkey%3D", undefined, "acme"],
    ["/?api_key", 401, undefined],
    ["/?api_key=", 401, undefined],
    ["/?API_KEY=acme-key", 401, undefined],
    ["/?api_key=acme-ke%7", 401, undefined],
    ["/?api_key=acme-key%zz", 401, undefined],
    ["/?api_key=acme-key&api_key=acme-key", 400, undefined],
    ["/?api_key=acme-key&api%5fkey=globex-key", 400, undefined],
    ["/", 401, undefined],
  ];
  for (const [path, status, consumer] of table) {
    test(`${path}: ${status ?? consumer}`, () => {
      const result = filter.request({ path });
      assert.equal(result.status, status);
      assert.equal(result.attributes["auth.consumer"], consumer);
    });
  }
});

describe("a key in a cookie, stripped", async () => {
  const filter = await mount({ in: "cookie", name: "key", strip: true, realm: "shop" });
  const table: [cookies: string[], consumer: string | undefined, left: string[]][] = [
    [["key=acme-key"], "acme", []],
    [["a=1; key=acme-next+key=;b=2"], "acme", ["a=1; b=2"]],
    [["a=1", "key=globex-key", "b=2"], "globex", ["a=1; b=2"]],
  ];
  for (const [cookies, consumer, left] of table) {
    test(cookies.join(" | "), () => {
      const result = filter.request({ headers: cookies.map((value) => ["cookie", value] as const) });
      assert.equal(result.attributes["auth.consumer"], consumer);
      assert.deepEqual(result.request.values("cookie"), left);
    });
  }

  test("two cookies of the name are refused, others are not confused with it", () => {
    assert.equal(filter.request({ headers: { cookie: "key=acme-key; key=globex-key" } }).status, 400);
    assert.equal(filter.request({ headers: { cookie: "monkey=acme-key" } }).status, 401);
    assert.equal(filter.request().headers["www-authenticate"], 'ApiKey realm="shop"');
  });
});

test("a configuration of as many keys and as long names as the schema allows is taken", async () => {
  const nameOf = (at: number) => `${at}-`.padEnd(128, "c");
  const many = Array.from({ length: 5_000 }, (_, at) => ({ consumer: nameOf(at), sha256: sha256(`key-${at}`) }));
  const filter = await mount({ keys: many });
  for (const at of [0, 2_500, 4_999]) {
    const { attributes } = filter.request({ headers: { "x-api-key": `key-${at}` } });
    assert.equal(attributes["auth.consumer"], nameOf(at));
  }
  assert.equal(filter.request({ headers: { "x-api-key": "key-5000" } }).status, 401);
  const twice = [...many.slice(1), { consumer: "globex", sha256: sha256("key-1") }];
  await assert.rejects(mount({ keys: twice }), { code: "CONFIG_REFUSED", message: /listed twice.*globex/ });
});

test("a stripped header does not reach the backend", async () => {
  const filter = await mount({ strip: true });
  const result = filter.request({ headers: { "x-api-key": "acme-key" } });
  assert.equal(result.verdict, "next");
  assert.equal(result.request.headers["x-api-key"], undefined);
});

describe("refused configurations", () => {
  const twice = [keys[0], { consumer: "globex", sha256: keys[0]?.sha256 }];
  const table: [what: string, config: object, code: string, says: RegExp][] = [
    ["no keys", { keys: [] }, "CONFIG_INVALID", /keys/],
    ["a key as it is", { keys: [{ consumer: "a", sha256: "acme-key" }] }, "CONFIG_INVALID", /sha256/],
    ["an unknown place", { in: "body" }, "CONFIG_INVALID", /in/],
    ["an unknown field", { kees: 1 }, "CONFIG_INVALID", /additional/],
    ["the same key twice", { keys: twice }, "CONFIG_REFUSED", /listed twice.*globex/],
    ["strip with query", { in: "query", strip: true }, "CONFIG_REFUSED", /strip/],
    ["a consumer header that is the key's", { consumerHeader: "x-api-key" }, "CONFIG_REFUSED", /consumerHeader/],
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
