/** What plugins of all threads share: limits, key sets, and what they count. */

import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { test } from "node:test";
import { buildPlugin } from "../../../runtime/build/build-plugin.ts";
import { CopiedKeySets } from "../../../runtime/proxy/fleet/copied-key-sets.ts";
import { manualClock } from "../../../runtime/telemetry/clock.ts";
import { compilePlugin } from "../../../runtime/wasm/plugin.ts";
import type { StartablePlugin } from "../../../runtime/wasm/plugin-host.ts";
import { parseJwks } from "../../../runtime/wasm/services/jwks.ts";
import { filterModule } from "../../wasm/proxy-wasm/filters.ts";
import { scripted, TEXT, WORD } from "../../wasm/proxy-wasm/script.ts";
import { LISTENER, plugin, rule, snapshot } from "../fixture.ts";
import { backend, callers, startCrew } from "./crew.ts";
import { noKeySets } from "./spinner.ts";

async function own(name: string): Promise<Omit<StartablePlugin, "config">> {
  const folder = new URL(`../../../plugins/${name}`, import.meta.url).pathname;
  const { component, manifest } = await buildPlugin({ folder });
  const { capabilities: grants, sensitiveHeaders } = manifest;
  return { plugin: await compilePlugin(component), name, version: "1.0.0", grants, sensitiveHeaders };
}

async function crewWith(t: Parameters<typeof startCrew>[0], name: string) {
  const given = snapshot({
    clusters: { "test/app:80": [await backend(t)] },
    rules: [rule({ plugins: [name] })],
    plugins: [plugin(name)],
  });
  return { start: await own(name), ...(await startCrew(t, 2, given)) };
}

test("a limit holds exactly over all threads, and over a version that takes the place of another", async (t) => {
  const { fleet, start } = await crewWith(t, "rate-limit");
  const limited = { ...start, config: JSON.stringify({ limit: 50, periodSeconds: 86_400, burst: 50, key: [] }) };
  await (await fleet.host.start(limited, noKeySets())).commit();
  const made = callers(t, fleet.address(LISTENER).port, 20);
  const round = () => Promise.all(made.map((caller) => caller.ask()));
  const first = [...(await round()), ...(await round())];
  assert.deepEqual(new Set(first), new Set([200]));
  await (await fleet.host.start({ ...limited, version: "1.0.1" }, noKeySets())).commit();
  const second = [...(await round()), ...(await round())];
  const allowed = [...first, ...second].filter((status) => status === 200).length;
  assert.deepEqual([allowed, second.filter((status) => status === 429).length], [50, 30]);
  assert.match(fleet.metrics(), /^heddle_plugin_allowed\{plugin="rate-limit".*\} 50$/m);
});

test("a queue of a proxy-wasm filter is one queue: what any thread puts in, one thread is told of", async (t) => {
  const name = "test/queue";
  const given = snapshot({
    clusters: { "test/app:80": [await backend(t)] },
    rules: [rule({ plugins: [name] })],
    plugins: [plugin(name)],
  });
  const { fleet, events } = await startCrew(t, 2, given);
  const filter = scripted({
    proxy_on_configure: { steps: [["proxy_register_shared_queue", "q", WORD]], returns: 1 },
    proxy_on_request_headers: { steps: [["proxy_enqueue_shared_queue", 1, "item"]] },
    proxy_on_queue_ready: { steps: [["proxy_dequeue_shared_queue", 1, TEXT]] },
  });
  const compiled = await compilePlugin(filterModule(filter));
  const startable = { plugin: compiled, name, version: "1.0.0", config: "{}", grants: compiled.capabilities };
  await (await fleet.host.start(startable, noKeySets())).commit();
  const made = callers(t, fleet.address(LISTENER).port, 20);
  assert.deepEqual(new Set(await Promise.all(made.map((caller) => caller.ask()))), new Set([200]));
  const workersOf = (line: RegExp) =>
    events.filter(({ message }) => line.test(message)).map(({ details }) => details.worker);
  const taken = /^queue_ready dequeue_shared_queue 0 \[item\]$/;
  while (workersOf(taken).length < made.length) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([new Set(workersOf(taken)).size, new Set(workersOf(/enqueue_shared_queue 0$/)).size], [1, 2]);
});

interface Issuer {
  readonly jwks: string;
  token(kid: string): string;
}

function issuer(kid: string): Issuer {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, alg: "EdDSA" };
  return { jwks: JSON.stringify({ keys: [jwk] }), token: (named) => tokenBy(privateKey, named) };
}

function tokenBy(key: KeyObject, kid: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: "https://idp.test", sub: "alice", exp: Math.floor(Date.now() / 1000) + 3_600 };
  const signed = `${part({ alg: "EdDSA", typ: "JWT", kid })}.${part(claims)}`;
  const signature = sign(null, Buffer.from(signed), key);
  return `${signed}.${signature.toString("base64url")}`;
}

test("keys that the main thread fetches anew verify in every thread; a key that is missing is reported to it", async (t) => {
  const { fleet, start } = await crewWith(t, "jwt-auth");
  const [old, next] = [issuer("old"), issuer("next")];
  let current = old;
  const keySets = noKeySets(() => [{ name: "idp", keys: parseJwks(current.jwks), until: Number.POSITIVE_INFINITY }]);
  const config = JSON.stringify({ keySet: "idp", issuer: "https://idp.test" });
  await (await fleet.host.start({ ...start, config }, keySets)).commit();
  const made = callers(t, fleet.address(LISTENER).port, 16);
  const statusesWith = async ({ token }: Issuer, kid: string) =>
    new Set(await Promise.all(made.map((caller) => caller.ask(`authorization: Bearer ${token(kid)}\r\n`))));
  assert.deepEqual(await statusesWith(old, "old"), new Set([200]));
  assert.deepEqual(await statusesWith(next, "next"), new Set([401]));
  while (keySets.missing.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(new Set(keySets.missing), new Set(["idp"]));
  current = next;
  keySets.fetched();
  // Each thread hears of it by itself.
  while ((await statusesWith(next, "next")).has(401)) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await statusesWith(next, "next"), new Set([200]));
  assert.deepEqual(await statusesWith(old, "old"), new Set([401]));
});

test("copied keys end when nobody vouches for them any more, and made-up key ids are reported once a second", () => {
  const clock = manualClock();
  const reported: string[] = [];
  const sets = new CopiedKeySets(clock, (name) => void reported.push(name));
  const keys = parseJwks(issuer("a").jwks);
  sets.update([{ name: "idp", keys, until: clock.now() + 1_000 }]);
  assert.equal(sets.get("other"), undefined);
  assert.equal(sets.get("idp"), keys);
  for (let i = 0; i < 100; i += 1) sets.missed("idp");
  sets.missed("other");
  assert.deepEqual(reported, ["idp"]);
  clock.advance(1_000);
  sets.missed("idp");
  assert.equal(sets.get("idp"), keys);
  clock.advance(1);
  assert.deepEqual(sets.get("idp"), []);
  assert.deepEqual(reported, ["idp", "idp"]);
});
