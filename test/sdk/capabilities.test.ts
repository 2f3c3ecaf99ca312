import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { describe, test } from "node:test";
import { type MountOptions, mountFilter } from "../../runtime/workbench/mount-filter.ts";
import { filterFolder } from "../build/filter-folder.ts";

/** Mounts a filter whose onRequest has this body; names of the SDK that it uses are imported. */
async function mount(t: Parameters<typeof filterFolder>[0], body: string, options: MountOptions = {}) {
  const names = [
    "attributes",
    "base64url",
    "clock",
    "connection",
    "crypto",
    "exchange",
    "hex",
    "json",
    "log",
    "metrics",
  ];
  names.push(
    "quota",
    "request",
    "respond",
    "response",
    "routing",
    "store",
    "utf8",
    "hash",
    "Edit",
    "Stored",
    "Verification",
  );
  names.push("Written", "HashAlgorithm", "JsonKind");
  const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  const source = `import { ${["Action", ...used].join(", ")} } from "heddle/sdk";\n${
    body.includes("export function") ? body : `export function onRequest(): Action {\n${body}\nreturn Action.Next;\n}`
  }\n`;
  const filter = await mountFilter(filterFolder(t, { "index.ts": source }), options);
  t.after(() => filter.close());
  return filter;
}

/** The lines that a filter logs about one request. */
function lines(filter: Awaited<ReturnType<typeof mount>>): string[] {
  return filter.logs.map(({ message }) => message);
}

describe("request", () => {
  test("shows what the client sent", async (t) => {
    const filter = await mount(
      t,
      `log.info([request.method(), request.scheme(), request.authority(), request.path()].join(" "));
       const query = request.query();
       log.info(query === null ? "no query" : query);
       const first = request.header("Accept");
       log.info((first === null ? "none" : first) + "|" + request.headerValues("accept").join("+"));
       log.info(request.headers().length.toString() + request.headers()[0].name + request.headers()[0].value);
       log.info(request.headerEquals("accept", "a").toString() + request.headerEquals("x-one", "1").toString());`,
    );
    filter.request({
      method: "PUT",
      path: "/orders?id=7",
      headers: [
        ["Accept", "a"],
        ["accept", "b"],
        ["x-one", "1"],
      ],
    });
    filter.request({ path: "/" });
    assert.deepEqual(lines(filter).slice(0, 5), [
      "PUT http shop.test /orders",
      "id=7",
      "a|a+b",
      "3accepta",
      "falsetrue",
    ]);
    assert.equal(lines(filter)[6], "no query");
  });

  test("is edited as the backend sees it, and refuses what belongs to the proxy", async (t) => {
    const filter = await mount(
      t,
      `const edits = [request.setHeader("X-Tenant", "a"), request.addHeader("x-tenant", "b"), request.removeHeader("cookie"),
         request.setHeader("transfer-encoding", "chunked"), request.setHeader("bad name", "x"), request.setHeader("x", "a\\r\\nb")];
       let text = "";
       for (let i = 0; i < edits.length; i++) text += (edits[i] as i32).toString();
       log.info(text + (edits[3] === Edit.Forbidden).toString());`,
    );
    const { request } = filter.request({ headers: { cookie: "a=b", "x-tenant": "old" } });
    assert.deepEqual(lines(filter), ["000312true"]);
    assert.deepEqual(request.values("x-tenant"), ["a", "b"]);
    assert.equal(request.headers.cookie, undefined);
  });

  const QUERIES: Record<string, string | null> = {
    "/?key=a": "a",
    "/?x=1&key=a%20b+c&key=z": "a b c",
    "/?key": "",
    "/?k%65y=%C3%BC": "ü",
    "/?key=%": null,
    "/?key=%zz": null,
    "/?key=%ff": null,
    "/?KEY=a": null,
    "/": null,
  };
  const COOKIES: Record<string, string | null> = {
    "key=a": "a",
    "x=1; key=a=b": "a=b",
    'key="quoted"': "quoted",
    "akey=1; key=2": "2",
    key: null,
    ";;=;": null,
    "": null,
  };
  test("reads query parameters and cookies", async (t) => {
    const filter = await mount(
      t,
      `const query = request.queryParameter("key");
       log.info(query === null ? "null" : "=" + query);
       const cookie = request.cookie("key");
       log.info(cookie === null ? "null" : "=" + cookie);`,
      { sensitiveHeaders: ["cookie"] },
    );
    const shown = (value: string | null) => (value === null ? "null" : `=${value}`);
    for (const [path, value] of Object.entries(QUERIES)) {
      filter.logs.length = 0;
      filter.request({ path });
      assert.equal(lines(filter)[0], shown(value), path);
    }
    for (const [cookie, value] of Object.entries(COOKIES)) {
      filter.logs.length = 0;
      filter.request({ headers: { cookie } });
      assert.equal(lines(filter)[1], shown(value), cookie);
    }
  });
});

describe("respond", () => {
  test("answers with status, headers, body and a detail for the log", async (t) => {
    const filter = await mount(
      t,
      `if (request.path() === "/json") return respond(401).header("www-authenticate", "A").detail("missing").json('{"a":"ü"}');
       if (request.path() === "/empty") return respond(204).empty();
       return respond(200).header("x", "1").header("x", "2").text("hello");`,
    );
    const json = filter.request({ path: "/json" });
    assert.deepEqual([json.status, json.detail, json.json()], [401, "missing", { a: "ü" }]);
    assert.deepEqual({ ...json.headers }, { "www-authenticate": "A", "content-type": "application/json" });
    const empty = filter.request({ path: "/empty" });
    assert.deepEqual([empty.verdict, empty.status, empty.body, empty.detail], ["respond", 204, "", undefined]);
    const text = filter.request();
    assert.deepEqual([text.body, text.headers.x], ["hello", "1, 2"]);
  });

  test("becomes a plain 500 when the host refuses the answer", async (t) => {
    const filter = await mount(t, `return respond(401).header("bad name", "x").text("secret");`);
    const { verdict, status, body, detail } = filter.request();
    assert.deepEqual([verdict, status, body, detail], ["respond", 500, "", "bad_local_response"]);
  });
});

describe("response", () => {
  test("is read and edited on the way back", async (t) => {
    const filter = await mount(
      t,
      `export function onResponse(): void {
         const type = response.header("content-type");
         log.info(response.status().toString() + (type === null ? "" : type) + response.headerValues("x").join("+"));
         response.setStatus(203);
         response.removeHeader("server");
         response.addHeader("x", "3");
         response.setHeader("y", response.headers().length.toString());
       }`,
    );
    const headers = [
      ["content-type", "a/b"],
      ["x", "1"],
      ["x", "2"],
      ["server", "s"],
    ] as const;
    const result = filter.request().respond({ status: 200, headers });
    assert.deepEqual(lines(filter), ["200a/b1+2"]);
    assert.deepEqual([result.status, result.values("x"), result.headers.server], [203, ["1", "2", "3"], undefined]);
    assert.equal(result.headers.y, "4");
  });

  test("can be replaced", async (t) => {
    const filter = await mount(
      t,
      `export function onResponse(): Action { return response.status() >= 500 ? respond(503).text("sorry") : Action.Next; }`,
    );
    const result = filter.request().respond({ status: 500 });
    assert.deepEqual([result.verdict, result.status, result.body], ["respond", 503, "sorry"]);
    assert.equal(filter.request().respond({ status: 200 }).verdict, "next");
  });
});

describe("what surrounds a request", () => {
  test("connection, routing, exchange", async (t) => {
    const filter = await mount(
      t,
      `log.info([connection.clientAddress(), connection.clientPort().toString(), connection.serverAddress(),
         connection.serverPort().toString(), connection.protocol(), routing.route(), routing.backends().join("+")].join(" "));
       log.info(routing.chooseBackend("a/b:1").toString() + routing.chooseBackend("no/such:1").toString());
       routing.setHashKey("k");
       attributes.set("test.exchange", exchange.id());`,
    );
    const backends = ["a/b:1", "a/c:1"];
    const first = filter.request({ backends, route: "a/r/0", clientAddress: "2001:db8::1" });
    const second = filter.request();
    assert.deepEqual(lines(filter).slice(0, 2), [
      "2001:db8::1 50000 192.0.2.254 80 HTTP/1.1 a/r/0 a/b:1+a/c:1",
      "truefalse",
    ]);
    assert.deepEqual([first.backend, first.hashKey, second.backend], ["a/b:1", "k", undefined]);
    assert.notEqual(first.attributes["test.exchange"], second.attributes["test.exchange"]);
  });

  test("attributes are typed, and refused with a reason", async (t) => {
    const filter = await mount(
      t,
      `const subject = attributes.text("auth.subject");
       log.info((subject === null ? "nobody" : subject) + attributes.number("auth.level", -1).toString());
       log.info(attributes.flag("auth.ok").toString() + attributes.flag("auth.none", true).toString());
       log.info((attributes.text("auth.level") === null).toString() + isNaN(attributes.number("auth.subject")).toString());
       attributes.set("out.text", "ü");
       attributes.set("out.int", 7);
       attributes.set("out.float", 1.5);
       attributes.set("out.flag", false);
       attributes.remove("auth.ok");
       log.info((attributes.set("Not A Name", 1) === Stored.BadName).toString());`,
    );
    const { attributes } = filter.request({
      attributes: { "auth.subject": "alice", "auth.level": 3, "auth.ok": true },
    });
    assert.deepEqual(lines(filter), ["alice3.0", "truetrue", "truetrue", "true"]);
    const expected = { "out.text": "ü", "out.int": 7, "out.float": 1.5, "out.flag": false };
    assert.deepEqual(attributes, { "auth.subject": "alice", "auth.level": 3, ...expected });
  });

  test("clock, log and metrics", async (t) => {
    const filter = await mount(
      t,
      `log.trace("t"); log.debug("d"); log.warn("w"); log.error("e");
       console.log("c"); console.warn("cw"); console.assert(false, "no");
       metrics.count("hits"); metrics.count("hits", 2); metrics.gauge("size", 5); metrics.observe("ms", 1.5);
       log.info(clock.now().toString() + " " + clock.monotonic().toString());`,
      { now: 1000 },
    );
    filter.clock.advance(250);
    filter.request();
    const expected = ["trace t", "debug d", "warn w", "error e", "info c", "warn cw", "error Assertion failed: no"];
    assert.deepEqual(
      filter.logs.map(({ level, message }) => `${level} ${message}`),
      [...expected, "info 1250.0 250.0"],
    );
    assert.deepEqual([filter.counters.get("hits"), filter.gauges.get("size")], [3, 5]);
    assert.deepEqual(filter.observations.get("ms"), [1.5]);
  });
});

describe("state at the host", () => {
  test("quota refills with the clock", async (t) => {
    const filter = await mount(
      t,
      `const decision = quota.take("all", 1, 1000, 2);
       log.info([decision.allowed ? 1 : 0, decision.remaining, decision.retryAfterMs, decision.resetAfterMs].join(" "));`,
    );
    for (let i = 0; i < 3; i++) filter.request();
    filter.clock.advance(1000);
    filter.request();
    assert.deepEqual(lines(filter), ["1 1 0 1000", "1 0 0 2000", "0 0 1000 2000", "1 0 0 2000"]);
  });

  test("store keeps, versions and forgets", async (t) => {
    const filter = await mount(
      t,
      `const entry = store.get("k");
       if (entry === null) {
         log.info("none" + (store.compareAndSet("k", 0, utf8.encode("1"), 500) as i32).toString());
         log.info((store.compareAndSet("k", 0, utf8.encode("2")) === Written.Conflict).toString());
       } else {
         log.info(entry.text() + (store.setText("k", "22") as i32).toString() + store.remove("k").toString() + store.remove("k").toString());
       }`,
    );
    filter.request();
    filter.request();
    filter.request();
    filter.clock.advance(501);
    filter.request();
    assert.deepEqual(lines(filter), ["none0", "true", "10truefalse", "none0", "true", "none0", "true"]);
  });
});

describe("crypto", () => {
  test("digests, compares and makes random bytes", async (t) => {
    const filter = await mount(
      t,
      `const digest = crypto.digest(HashAlgorithm.Sha256, utf8.encode("abc"));
       log.info(hex.encode(digest));
       log.info(crypto.equal(digest, digest).toString() + crypto.equal(digest, utf8.encode("abc")).toString());
       log.info(crypto.random(8).length.toString() + crypto.random(70000).length.toString());
       log.info(crypto.digest(HashAlgorithm.Sha512, new Uint8Array(0)).length.toString());`,
    );
    filter.request();
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert.deepEqual(lines(filter), [abc, "truefalse", "80", "64"]);
  });

  test("verifies against named keys, whose rotation it sees", async (t) => {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = { ...pair.publicKey.export({ format: "jwk" }), kid: "k1" };
    const signature = sign("sha256", Buffer.from("data"), { key: pair.privateKey, dsaEncoding: "ieee-p1363" });
    const filter = await mount(
      t,
      `const signature = base64url.decode("${signature.toString("base64url")}");
       if (signature === null) return Action.Respond;
       const data = utf8.encode("data");
       const outcomes: Verification[] = [crypto.verify("issuer", "k1", "ES256", data, signature),
         crypto.verify("issuer", null, "ES256", utf8.encode("other"), signature), crypto.verify("issuer", "k2", "ES256", data, signature),
         crypto.verify("nobody", null, "ES256", data, signature), crypto.verify("issuer", "k1", "RS256", data, signature)];
       let text = "";
       for (let i = 0; i < outcomes.length; i++) text += (outcomes[i] as i32).toString();
       log.info(text + (crypto.hmac(HashAlgorithm.Sha256, "issuer", "k1", data) === null).toString());`,
      { keySets: { issuer: { keys: [jwk] } } },
    );
    filter.request();
    filter.setKeySets({});
    filter.request();
    assert.deepEqual(lines(filter), ["01324true", "22222true"]);
  });
});
