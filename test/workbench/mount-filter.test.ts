import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { isHeddleError } from "../../runtime/errors.ts";
import { mountFilter } from "../../runtime/workbench/mount-filter.ts";
import { filterFolder, NEXT } from "../build/filter-folder.ts";

const CONFIGURED = `import { Action, config, request } from "heddle/sdk";
let value = "";
export function configure(): string | null {
  value = config.string("value", "fallback");
  return value === "refused" ? "value must not be refused" : null;
}
export function onRequest(): Action {
  request.setHeader("x-value", value);
  return Action.Next;
}
export function onLog(): void { console.log("done " + request.path()); }
`;
/** Asks for all of the body where a header says so; otherwise keeps pieces until a semicolon. */
const BODIES = `import { Action, attributes, body, request, respond } from "heddle/sdk";
export function onRequest(): Action {
  return request.header("whole") === null ? Action.Next : Action.NeedBody;
}
export function onRequestBody(): Action {
  const text = body.text();
  if (text === null || text == "bad") return respond(400).text("bad body");
  attributes.set("pieces.seen", attributes.number("pieces.seen", 0) + 1);
  request.setHeader("x-body", text);
  if (!body.end() && !text.includes(";")) return Action.NeedMore;
  body.replace(text.toUpperCase());
  return Action.Next;
}
export function onResponseBody(): Action {
  if (body.end()) body.append("\\n");
  return Action.Next;
}
`;
const CALLER = `import { Action, http, request, respond } from "heddle/sdk";
export function onRequest(): Action {
  const draft = http.request("shop/users:80", "POST", request.path()).header("X-Asked", "yes").timeout(250);
  const answer = draft.send("body");
  if (answer.failed) return respond(503).text("error " + answer.error.toString());
  if (answer.status !== 200) return respond(403).text("unknown");
  const kind = answer.header("x-kind"), text = answer.text();
  if (kind !== null && text !== null) request.setHeader("x-user", kind + ", " + text);
  return Action.Next;
}
`;
const TICKER = `import { Action, http, request, store, tick } from "heddle/sdk";
export function configure(): string | null {
  tick.every(1000);
  return null;
}
export function onTick(): void {
  store.set("text", http.get("shop/users:80", "/").bytes);
}
export function onRequest(): Action {
  const entry = store.get("text");
  request.setHeader("x-text", entry === null ? "none" : entry.text());
  return Action.Next;
}
`;
const SCHEMA = JSON.stringify({
  type: "object",
  additionalProperties: false,
  properties: { value: { type: "string" } },
});

describe("mountFilter", () => {
  test("runs the hooks of one exchange in turn", async (t) => {
    const filter = await mountFilter(filterFolder(t, { "index.ts": CONFIGURED }), { config: { value: "v" } });
    const result = filter.request({ path: "/a?b" });
    assert.deepEqual([result.verdict, result.status, result.request.headers["x-value"]], ["next", undefined, "v"]);
    const response = result.respond({ status: 201, headers: { "x-a": "1" } });
    assert.deepEqual([response.verdict, response.status, { ...response.headers }], ["next", 201, { "x-a": "1" }]);
    assert.deepEqual(result.end(), [{ level: "info", message: "done /a" }]);
  });

  test("takes a folder, its URL, or what was built, and builds the same content once", async (t) => {
    const folder = filterFolder(t, { "index.ts": CONFIGURED });
    const [first, second] = [await mountFilter(folder), await mountFilter(pathToFileURL(folder))];
    assert.equal(first.plugin, second.plugin);
    assert.equal((await mountFilter(await buildPlugin({ folder }))).plugin.digest, first.plugin.digest);
    writeFileSync(join(folder, "index.ts"), CONFIGURED.replace("fallback", "changed"));
    const changed = await mountFilter(folder);
    assert.equal(changed.request().request.headers["x-value"], "changed");
  });

  test("puts bodies through whole, or piece by piece, and shows what came out", async (t) => {
    const filter = await mountFilter(filterFolder(t, { "index.ts": BODIES }));
    const whole = filter.request({ method: "POST", chunks: ["hel", "lo"], headers: { whole: "yes" } });
    assert.deepEqual([whole.verdict, whole.request.body, whole.request.headers["x-body"]], ["next", "HELLO", "hello"]);
    const pieces = filter.request({ method: "POST", chunks: ["a", "b;", "c"] });
    assert.deepEqual([pieces.request.body, pieces.request.headers["x-body"]], ["AB;C", undefined]);
    assert.deepEqual(pieces.attributes, { "pieces.seen": 3 });
    const refused = filter.request({ method: "POST", body: "bad", headers: { whole: "yes" } });
    assert.deepEqual([refused.status, refused.body, refused.request.body], [400, "bad body", ""]);
    const response = pieces.respond({ body: `{"a":1}` });
    assert.deepEqual([response.body, response.json(), response.request.body], [`{"a":1}\n`, { a: 1 }, "AB;C"]);
    assert.equal(pieces.respond().body, "");
  });

  test("answers a filter's calls", async (t) => {
    const filter = await mountFilter(filterFolder(t, { "index.ts": CALLER }), {
      http: {
        "shop/users:80": ({ target, headers, body }) => {
          if (target === "/slow") return new Promise(() => {});
          return { status: target === "/users/7" ? 200 : 404, headers: { "X-Kind": headers["x-asked"] ?? "" }, body };
        },
      },
    });
    const known = await filter.send({ path: "/users/7" });
    assert.deepEqual([known.verdict, known.request.headers["x-user"]], ["next", "yes, body"]);
    assert.equal((await known.respond({ status: 201 })).status, 201);
    const unknown = await filter.send({ path: "/users/8" });
    assert.deepEqual([unknown.status, unknown.body], [403, "unknown"]);
    const slow = filter.send({ path: "/slow" });
    filter.clock.advance(250);
    assert.equal((await slow).body, "error 6");
    assert.deepEqual(
      filter.calls.map(({ backend, method, target }) => `${method} ${backend} ${target}`),
      ["/users/7", "/users/8", "/slow"].map((target) => `POST shop/users:80 ${target}`),
    );
    assert.throws(() => filter.request(), /use `await filter\.send/);
  });

  test("runs on-tick as its clock moves on", async (t) => {
    const http = { "shop/users:80": { body: "fresh" } };
    const filter = await mountFilter(filterFolder(t, { "index.ts": TICKER }), { http });
    filter.clock.advance(999);
    await filter.idle();
    assert.equal(filter.request().request.headers["x-text"], "none");
    filter.clock.advance(1);
    await filter.idle();
    assert.equal(filter.request().request.headers["x-text"], "fresh");
    filter.clock.advance(2000);
    await filter.idle();
    assert.equal(filter.calls.length, 2, "one that still runs is not run again");
  });

  const REFUSED = {
    "a configuration that its schema forbids": {
      config: { value: 1 },
      code: "CONFIG_INVALID",
      says: /config\/value must be string/,
    },
    "an unknown field": { config: { other: 1 }, code: "CONFIG_INVALID", says: /must NOT have additional properties/ },
    "a configuration that the filter refuses": {
      config: { value: "refused" },
      code: "CONFIG_REFUSED",
      says: /value must not be refused/,
    },
  };
  for (const [name, { config, code, says }] of Object.entries(REFUSED)) {
    test(`refuses ${name}`, async (t) => {
      const folder = filterFolder(t, { "index.ts": CONFIGURED, "config.schema.json": SCHEMA });
      await assert.rejects(mountFilter(folder, { config }), (error) => {
        assert.ok(isHeddleError(error), String(error));
        assert.equal(error.code, code);
        assert.match(error.message, says);
        return true;
      });
    });
  }

  test("refuses a capability that is not granted", async (t) => {
    const folder = filterFolder(t, { "index.ts": CONFIGURED });
    await assert.rejects(mountFilter(folder, { grants: ["log"] }), { code: "IMPORT_NOT_GRANTED" });
  });

  test("refuses a filter that calls the host before it is configured", async (t) => {
    const source = `import { clock } from "heddle/sdk";\nconst started = clock.now();\n${NEXT.replace("return", "if (started < 0) return Action.Respond;\n  return")}`;
    await assert.rejects(mountFilter(filterFolder(t, { "index.ts": source })), { code: "START_FAILED" });
  });
});
