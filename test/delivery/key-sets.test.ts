import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { KeySetSource, PluginBinding } from "../../runtime/config/snapshot.ts";
import { openCache } from "../../runtime/delivery/cache.ts";
import { createKeySets } from "../../runtime/delivery/key-sets.ts";
import { isHeddleError } from "../../runtime/errors.ts";
import { temporaryFolder } from "./sample-plugins.ts";
import { serve } from "./serve.ts";

function jwks(kid: string): string {
  const { publicKey } = generateKeyPairSync("ed25519");
  return JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid, alg: "EdDSA" }] });
}

async function load(t: TestContext, source: KeySetSource, cacheDir = temporaryFolder(t)) {
  const binding = { name: "shop/jwt", keySets: new Map([["idp", source]]) } as unknown as PluginBinding;
  const sets = await createKeySets(binding, {
    cache: await openCache({ dir: cacheDir }),
    log() {},
    retry: { base: 1, max: 1 },
  });
  t.after(() => sets.close());
  return { kids: () => sets.get("idp")?.map(({ kid }) => kid), sets };
}

test("key sets come from a file, from the document and from a URL", async (t) => {
  const path = join(temporaryFolder(t), "jwks.json");
  writeFileSync(path, jwks("in-file"));
  const url = await serve(t, (_, response) => response.end(jwks("at-url")));
  const sources: [KeySetSource, string][] = [
    [{ kind: "file", path }, "in-file"],
    [{ kind: "inline", jwks: jwks("in-line") }, "in-line"],
    [{ kind: "url", url, refreshSeconds: 300 }, "at-url"],
  ];
  for (const [source, kid] of sources) {
    const { kids, sets } = await load(t, source);
    assert.deepEqual(kids(), [kid]);
    assert.equal(sets.get("another"), undefined);
  }
});

test("a file or document that is no key set is refused by name", async (t) => {
  for (const source of [
    { kind: "inline", jwks: "{}" },
    { kind: "file", path: "/nowhere/jwks.json" },
  ] as const) {
    await assert.rejects(
      load(t, source),
      (error) => isHeddleError(error) && error.code === "CONFIG_REFUSED" && /idp/.test(error.message),
    );
  }
});

test("a URL that does not answer leaves the set empty, and its keys come with the next try", async (t) => {
  let answers = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const url = await serve(t, (_, response) => {
    answers += 1;
    if (answers > 2) response.end(jwks("late"), () => resolve());
    else response.writeHead(503).end();
  });
  const { kids } = await load(t, { kind: "url", url, refreshSeconds: 300 });
  assert.deepEqual(kids(), []);
  await promise;
  while (kids()?.length === 0) await new Promise((done) => setImmediate(done));
  assert.deepEqual(kids(), ["late"]);
});

test("keys that were fetched before a restart serve while the URL does not answer", async (t) => {
  const cacheDir = temporaryFolder(t);
  let up = true;
  const url = await serve(t, (_, response) => (up ? response.end(jwks("known")) : response.destroy()));
  await load(t, { kind: "url", url, refreshSeconds: 300 }, cacheDir);
  up = false;
  assert.deepEqual((await load(t, { kind: "url", url, refreshSeconds: 300 }, cacheDir)).kids(), ["known"]);
});

test("an answer without end, of another kind, or over plain http from elsewhere is no key set", async (t) => {
  const endless = await serve(t, (_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65536, 32)));
    };
    response.on("drain", more);
    more();
  });
  const text = await serve(t, (_, response) => response.end("<html>"));
  for (const url of [endless, text, "http://192.0.2.1/jwks"]) {
    const { kids, sets } = await load(t, { kind: "url", url, refreshSeconds: 300 });
    assert.deepEqual(kids(), []);
    sets.close();
  }
});
