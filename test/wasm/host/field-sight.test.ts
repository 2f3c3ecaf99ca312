/** Credentials that a plugin was not granted are not there for it, whatever function it asks; writing them is not reading. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldList } from "../../../runtime/http/fields.ts";
import { HeadFields } from "../../../runtime/http/h1/head/head-fields.ts";
import { HeadTable } from "../../../runtime/http/h1/head/head-table.ts";
import { parseRequestHead } from "../../../runtime/http/h1/head/parse-request-head.ts";
import { SENSITIVE_HEADERS } from "../../../runtime/sensitive-headers.ts";
import type { Fields } from "../../../runtime/wasm/exchange.ts";
import { createGeneration } from "../../../runtime/wasm/generation.ts";
import { createCapabilities } from "../../../runtime/wasm/host/capabilities.ts";
import { HookContext } from "../../../runtime/wasm/host/context.ts";
import { hiddenFields } from "../../../runtime/wasm/host/field-sight.ts";
import { compilePlugin } from "../../../runtime/wasm/plugin.ts";
import { buildCached } from "../../../runtime/workbench/build-cache.ts";
import { testExchange, testScope, testServices } from "../surroundings.ts";

const PAIRS = SENSITIVE_HEADERS.flatMap((name) => [name, `secret ${name}`]).concat("x-plain", "seen");

function headFields(): HeadFields {
  const lines = PAIRS.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${PAIRS[index + 1]}\r\n`] : []));
  const table = new HeadTable();
  parseRequestHead(Buffer.from(`GET / HTTP/1.1\r\nhost: a\r\n${lines.join("")}\r\n`, "latin1"), table);
  return new HeadFields(table);
}

function seenBy(granted: readonly string[], fields: Fields) {
  const scope = { ...testScope(), hidden: hiddenFields(granted) };
  const context = new HookContext(scope);
  const exchange = testExchange();
  context.begin("on-request", {
    ...exchange,
    request: { ...exchange.request, fields },
    response: { ...exchange.response, fields },
  });
  return createCapabilities(context);
}

for (const [kind, make] of [
  ["a head that was read", headFields],
  ["a list", () => fieldList([...PAIRS])],
] as const) {
  test(`${kind}: what is not granted is absent`, () => {
    const { request, response } = seenBy([], make());
    for (const name of SENSITIVE_HEADERS.flatMap((each) => [each, each.toUpperCase()])) {
      assert.equal(request.header(name), undefined);
      assert.equal(response.header(name), undefined);
      assert.deepEqual([request.headerValues(name), response.headerValues(name)], [[], []]);
      assert.equal(request.headerEquals(name, `secret ${name.toLowerCase()}`), false);
    }
    for (const seen of [request, response]) {
      assert.doesNotMatch(JSON.stringify(seen.headers()), /secret/);
      assert.equal(seen.header("x-plain"), "seen");
    }
  });

  test(`${kind}: what is granted is there, and nothing else`, () => {
    const { request } = seenBy(["authorization"], make());
    assert.equal(request.header("Authorization"), "secret authorization");
    assert.equal(request.headerEquals("authorization", "secret authorization"), true);
    assert.match(JSON.stringify(request.headers()), /secret authorization/);
    assert.equal(request.header("cookie"), undefined);
    assert.doesNotMatch(JSON.stringify(request.headers()), /secret cookie/);
  });
}

test("what is hidden may be written and removed, and stays hidden", () => {
  const fields = fieldList([...PAIRS]);
  const { request } = seenBy([], fields);
  assert.equal(request.setHeader("authorization", "Bearer mine"), "done");
  assert.equal(fields.get("authorization"), "Bearer mine");
  assert.equal(request.header("authorization"), undefined);
  assert.equal(request.removeHeader("cookie"), "done");
  assert.equal(fields.get("cookie"), undefined);
});

for (const binding of ["direct", "jco"] as const) {
  test(`a filter that reads a key from a cookie finds it only when that is granted, ${binding} binding`, async () => {
    const { component, manifest } = await buildCached(new URL("../../../plugins/api-key", import.meta.url).pathname);
    const plugin = await compilePlugin(component, { binding });
    const sha256 = "2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"; // of "key"
    const config = JSON.stringify({ in: "cookie", name: "key", keys: [{ consumer: "a", sha256 }] });
    const kinds = [undefined, manifest.sensitiveHeaders].map(async (sensitiveHeaders) => {
      const grants = { grants: manifest.capabilities, sensitiveHeaders };
      const named = { name: "api-key", version: "1.0.0", config, services: testServices() };
      const generation = await createGeneration({ plugin, ...named, ...grants });
      return generation.onRequest(testExchange([["cookie", "key=key"]])).kind;
    });
    assert.deepEqual(await Promise.all(kinds), ["respond", "next"]);
  });
}
