import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import type { RequestListener, ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { KeySetSource, PluginBinding } from "../../runtime/config/snapshot.ts";
import { openCache } from "../../runtime/delivery/cache.ts";
import { createKeySets } from "../../runtime/delivery/key-sets.ts";
import { isHeddleError } from "../../runtime/errors.ts";
import { type Clock, manualClock, systemClock } from "../../runtime/telemetry/clock.ts";
import type { HookContext } from "../../runtime/wasm/host/context.ts";
import { cryptoCapability } from "../../runtime/wasm/host/crypto.ts";
import { temporaryFolder } from "./sample-plugins.ts";
import { serve } from "./serve.ts";

function jwks(kid: string): string {
  const { publicKey } = generateKeyPairSync("ed25519");
  return JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid, alg: "EdDSA" }] });
}

interface Loading {
  readonly cacheDir?: string;
  readonly clock?: Clock;
  /** A wait between tries that no test sits out, where only a miss may fetch again. */
  readonly wait?: number;
  readonly patience?: number;
}

async function load(t: TestContext, source: KeySetSource, options: Loading = {}) {
  const { cacheDir = temporaryFolder(t), clock = systemClock, wait = 1, patience = 60_000 } = options;
  const binding = { name: "shop/jwt", keySets: new Map([["idp", source]]) } as unknown as PluginBinding;
  const sets = await createKeySets(binding, {
    cache: await openCache({ dir: cacheDir }),
    log() {},
    ...{ clock, patience },
    retry: { base: wait, max: wait },
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
  await load(t, { kind: "url", url, refreshSeconds: 300 }, { cacheDir });
  up = false;
  assert.deepEqual((await load(t, { kind: "url", url, refreshSeconds: 300 }, { cacheDir })).kids(), ["known"]);
});

const NEVER = 3_600_000;
const DAY = 24 * 3600 * 1000;

/** Hands control to the network until the condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setImmediate(done));
}

describe("what is no key set leaves the last good keys", () => {
  const answers: readonly [name: string, answer: RequestListener][] = [
    ["500", (_, response) => response.writeHead(500).end(jwks("evil"))],
    ["a redirect", (_, response) => response.writeHead(302, { location: "/elsewhere" }).end(jwks("evil"))],
    ["10 MB", (_, response) => response.end(Buffer.alloc(10 << 20, 32))],
    ["no end", endless],
    ["HTML", (_, response) => response.end("<html>")],
    ["a truncated body", cutShort],
    ["a hang-up", (_, response) => response.destroy()],
  ];
  for (const [name, answer] of answers) {
    test(name, async (t) => {
      let listener: RequestListener = (_, response) => response.end(jwks("good"));
      let asked = 0;
      const url = await serve(t, (request, response) => {
        asked += 1;
        listener(request, response);
      });
      const clock = manualClock();
      const { kids, sets } = await load(t, { kind: "url", url, refreshSeconds: 300 }, { clock, wait: NEVER });
      listener = answer;
      sets.missed("idp");
      await until(() => asked === 2);
      const failed = await load(t, { kind: "url", url, refreshSeconds: 300 }, { clock, wait: NEVER });
      assert.deepEqual([kids(), failed.kids()], [["good"], []]);
      clock.advance(DAY);
      assert.deepEqual(kids(), ["good"]);
      clock.advance(1);
      assert.deepEqual(kids(), [], "keys that nobody could confirm for a day are trusted no longer");
    });
  }

  test("plain http from elsewhere is never asked", async (t) => {
    const { kids } = await load(t, { kind: "url", url: "http://192.0.2.1/jwks", refreshSeconds: 300 });
    assert.deepEqual(kids(), []);
  });
});

function cutShort(_: unknown, response: ServerResponse): void {
  response.writeHead(200, { "content-length": 1000 }).write(jwks("evil"), () => response.destroy());
}

function endless(_: unknown, response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(65536, 32)));
  };
  response.on("drain", more);
  more();
}

test("a URL that answers late does not hold up a plugin: it starts with the keys from before", async (t) => {
  const cacheDir = temporaryFolder(t);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let slow = false;
  const url = await serve(t, async (_, response) => {
    if (slow) await released;
    response.end(jwks(slow ? "late" : "before"));
  });
  const source = { kind: "url", url, refreshSeconds: 300 } as const;
  await load(t, source, { cacheDir });
  slow = true;
  const { kids } = await load(t, source, { cacheDir, patience: 1 });
  assert.deepEqual(kids(), ["before"]);
  release();
  await until(() => kids()?.[0] === "late");
});

test("keys from before a restart are a day old at most", async (t) => {
  const cacheDir = temporaryFolder(t);
  const clock = manualClock();
  let up = true;
  const url = await serve(t, (_, response) => (up ? response.end(jwks("known")) : response.destroy()));
  const source = { kind: "url", url, refreshSeconds: 300 } as const;
  await load(t, source, { cacheDir, clock });
  up = false;
  clock.advance(DAY);
  const { kids } = await load(t, source, { cacheDir, clock });
  assert.deepEqual(kids(), ["known"]);
  clock.advance(1);
  assert.deepEqual(kids(), []);
});

test("J14: ten thousand made-up key ids cost one fetch in 30 s; a rotated key is known from the next request on", async (t) => {
  const clock = manualClock();
  let kid = "old";
  let fetches = 0;
  const url = await serve(t, (_, response) => {
    fetches += 1;
    response.end(jwks(kid));
  });
  const { kids, sets } = await load(t, { kind: "url", url, refreshSeconds: 300 }, { clock, wait: NEVER });
  const crypto = cryptoCapability({ services: { keySets: sets } } as unknown as HookContext);
  const verify = (id: string) => crypto.verify("idp", id, "EdDSA", new Uint8Array(1), new Uint8Array(64));

  kid = "new";
  assert.equal(verify("new"), "unknown-key", "the request that noticed is answered at once");
  for (let round = 0; round < 10_000; round += 1) assert.equal(verify(`made up ${round}`), "unknown-key");
  await until(() => kids()?.[0] === "new");
  assert.equal(verify("new"), "invalid", "the key is known; the signature is not its own");

  for (let round = 0; round < 100; round += 1) verify(`made up ${round}`);
  clock.advance(29_999);
  verify("made up");
  await new Promise((done) => setImmediate(done));
  assert.equal(fetches, 2);
  kid = "newer";
  clock.advance(1);
  verify("newer");
  await until(() => kids()?.[0] === "newer");
  assert.equal(fetches, 3);
});

test("nothing is fetched for a set that is no URL, that is unknown, or that is closed", async (t) => {
  let fetches = 0;
  const url = await serve(t, (_, response) => {
    fetches += 1;
    response.end(jwks("a"));
  });
  const inline = await load(t, { kind: "inline", jwks: jwks("b") });
  inline.sets.missed("idp");
  const { sets, kids } = await load(t, { kind: "url", url, refreshSeconds: 300 }, { wait: NEVER });
  sets.missed("another");
  sets.close();
  sets.missed("idp");
  await new Promise((done) => setImmediate(done));
  assert.deepEqual([fetches, kids()], [1, ["a"]]);
});
