/** The control plane: signed desired state in, events out, status from proxies. */

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { type DesiredState, signDesired } from "../../runtime/artifact/desired.ts";
import { generateKey } from "../../runtime/artifact/keys.ts";
import { createRegistry } from "../../runtime/registry/registry.ts";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import { sampleArtifact } from "../artifact/sample.ts";
import { AUTH, clientOf, startRegistry, TOKENS, temporaryFolder } from "./fixture.ts";

const key = generateKey();
const plugin = sampleArtifact();
const stateOf = (mesh: string, seq: number, version = "1.0.0"): DesiredState => ({
  mesh,
  seq,
  issued: "2026-01-01T00:00:00Z",
  expires: "2027-01-01T00:00:00Z",
  plugins: [
    {
      name: "api-key",
      repository: "shop/api-key",
      version,
      manifest: plugin.digest,
      layer: plugin.layerDigest,
      size: plugin.layer.length,
    },
  ],
});
const envelopeOf = (mesh: string, seq: number, version?: string) => signDesired(stateOf(mesh, seq, version), key);
const clock = manualClock();
const { registry, client, stop } = await startRegistry({ clock, watch: { pingInterval: 20 } });
const { url } = await registry.listen();
after(stop);

const JSON_TYPE = { "content-type": "application/json" };
const put = (mesh: string, body: unknown) =>
  client.send("PUT", `/api/v1/mesh/${mesh}/desired`, JSON_TYPE, JSON.stringify(body));
const post = (mesh: string, body: unknown) =>
  client.send("POST", `/api/v1/mesh/${mesh}/status`, JSON_TYPE, JSON.stringify(body));

/** Reads an event stream piece by piece, up to the blank line. */
async function watch(mesh: string, headers: Record<string, string> = {}, from = url) {
  const abort = new AbortController();
  const reply = await fetch(`${from}/api/v1/mesh/${mesh}/watch?node=p1`, {
    headers: { ...AUTH, ...headers },
    signal: abort.signal,
  });
  assert.equal(reply.status, 200);
  assert.equal(reply.headers.get("content-type"), "text/event-stream");
  const reader = (reply.body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  const block = async (): Promise<string | undefined> => {
    for (;;) {
      const end = text.indexOf("\n\n");
      if (end >= 0) {
        const found = text.slice(0, end);
        text = text.slice(end + 2);
        return found;
      }
      const { value, done } = await reader.read();
      if (done) return undefined;
      text += Buffer.from(value).toString();
    }
  };
  const event = async () => {
    for (;;) {
      const found = await block();
      if (found === undefined) return undefined;
      if (found.startsWith(":")) continue;
      const fields = Object.fromEntries(found.split("\n").map((line) => line.split(/: (.*)/s, 2)));
      return { event: fields.event as string, id: fields.id as string, data: JSON.parse(fields.data as string) };
    }
  };
  return { block, event, close: () => abort.abort() };
}

describe("desired state", () => {
  test("is stored, served, and kept in order", async () => {
    assert.equal((await client.send("GET", "/api/v1/mesh/order/desired")).statusCode, 404);
    assert.equal((await put("order", envelopeOf("order", 3))).statusCode, 201);
    assert.equal((await put("order", envelopeOf("order", 3))).statusCode, 200, "the same again");
    for (const [seq, version] of [
      [2, "1.0.0"],
      [3, "2.0.0"],
    ] as const) {
      const reply = await put("order", envelopeOf("order", seq, version));
      assert.equal(reply.statusCode, 409);
      assert.equal(reply.json().code, "STATE_REFUSED");
    }
    const newest = envelopeOf("order", 7);
    assert.equal((await put("order", newest)).statusCode, 201);
    const read = async (query = "") => (await client.send("GET", `/api/v1/mesh/order/desired${query}`)).json();
    assert.deepEqual((await read()).envelope, newest);
    assert.equal((await read()).seq, 7);
    assert.equal((await read("?seq=3")).seq, 3, "earlier states are kept");
    assert.equal((await client.send("GET", "/api/v1/mesh/order/desired?seq=4")).statusCode, 404);
  });

  const envelope = envelopeOf("shape", 1);
  const bad: [name: string, body: unknown, status: number][] = [
    ["another mesh", envelopeOf("else", 1), 409],
    ["no envelope", {}, 400],
    ["null", null, 400],
    ["two signatures", { ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] }, 400],
    ["another payload type", { ...envelope, payloadType: "application/json" }, 409],
    ["a payload that is no state", { ...envelope, payload: Buffer.from("[]").toString("base64") }, 409],
  ];
  for (const [name, body, status] of bad) {
    test(`refuses ${name}`, async () => {
      const reply = await put("shape", body);
      assert.equal(reply.statusCode, status, reply.body);
      assert.ok(reply.json().message.length > 0);
      assert.equal((await client.send("GET", "/api/v1/mesh/shape/desired")).statusCode, 404);
    });
  }

  test("refuses what is no JSON, too large, or for a mesh that has no name", async () => {
    const send = (mesh: string, body: string) => client.send("PUT", `/api/v1/mesh/${mesh}/desired`, JSON_TYPE, body);
    assert.equal((await send("shape", "{")).statusCode, 400);
    assert.equal((await send("shape", JSON.stringify("x".repeat(3 << 20)))).statusCode, 413);
    assert.equal((await send("Not_A_Mesh", "{}")).statusCode, 400);
  });
});

describe("watch", () => {
  test("the whole state first, then each change; other meshes stay apart", async () => {
    await put("w", envelopeOf("w", 1));
    const stream = await watch("w");
    const first = await stream.event();
    assert.equal(first?.event, "desired");
    assert.equal(first?.id, "1");
    assert.equal(first?.data.envelope.payloadType, "application/vnd.heddle.desired.v1+json");
    await put("other", envelopeOf("other", 9));
    await put("w", envelopeOf("w", 2));
    assert.equal((await stream.event())?.id, "2");
    stream.close();
  });

  test("resumes after Last-Event-ID: nothing twice, nothing missed", async () => {
    await put("r", envelopeOf("r", 4));
    const current = await watch("r", { "last-event-id": "4" });
    assert.equal(await current.block(), ": watching");
    await put("r", envelopeOf("r", 5));
    assert.equal((await current.event())?.id, "5");
    current.close();
    const behind = await watch("r", { "last-event-id": "4" });
    assert.equal((await behind.event())?.id, "5");
    behind.close();
    for (const id of ["99", "rubbish"]) {
      const odd = await watch("r", { "last-event-id": id });
      assert.equal((await odd.event())?.id, "5", "a number that the registry does not know gets the whole state");
      odd.close();
    }
  });

  test("pings keep it alive", async () => {
    const stream = await watch("quiet");
    assert.equal(await stream.block(), ": watching");
    assert.equal(await stream.block(), ": ping");
    stream.close();
  });

  test("a closing registry ends its streams, and a new one goes on from the disk", async () => {
    const folder = await temporaryFolder();
    const first = await createRegistry({ dir: folder.dir, tokens: TOKENS });
    const stream = await watch("m", {}, (await first.listen()).url);
    const body = JSON.stringify(envelopeOf("m", 1));
    await clientOf(first).send("PUT", "/api/v1/mesh/m/desired", JSON_TYPE, body);
    assert.equal((await stream.event())?.id, "1");
    await first.close();
    assert.equal(await stream.event(), undefined);
    const second = await createRegistry({ dir: folder.dir, tokens: TOKENS });
    const resumed = await watch("m", {}, (await second.listen()).url);
    assert.equal((await resumed.event())?.id, "1");
    resumed.close();
    await second.close();
    await folder.remove();
  });

  test("beyond its limit the registry says when to come back", async () => {
    const small = await startRegistry({ watch: { limit: 0 } });
    const reply = await small.client.send("GET", "/api/v1/mesh/m/watch");
    assert.equal(reply.statusCode, 429);
    assert.equal(reply.headers["retry-after"], "5");
    await small.stop();
  });
});

describe("proxies", () => {
  const running = { name: "mesh/api-key", state: "running", digest: plugin.digest, version: "1.0.0", since: 1 };
  const refused = { name: "mesh/jwt", state: "rejected", error: { code: "SIGNATURE_MISSING", detail: "unsigned" } };

  test("acknowledge and refuse; the last word counts", async () => {
    assert.equal((await post("p", { proxy: "b", seq: 1, plugins: [running] })).statusCode, 204);
    assert.equal((await post("p", { proxy: "a", seq: 1, plugins: [refused] })).statusCode, 204);
    clock.advance(1000);
    assert.equal((await post("p", { proxy: "b", seq: 2, plugins: [running, refused] })).statusCode, 204);
    const { seq, proxies } = (await client.send("GET", "/api/v1/mesh/p/proxies")).json();
    assert.equal(seq, 0);
    assert.deepEqual(
      proxies.map((p: { id: string; seq: number }) => [p.id, p.seq]),
      [
        ["a", 1],
        ["b", 2],
      ],
    );
    assert.deepEqual(proxies[0].plugins, [refused]);
    assert.equal(proxies[1].lastSeen - proxies[0].lastSeen, 1000);
    assert.deepEqual((await client.send("GET", "/api/v1/mesh/empty/proxies")).json().proxies, []);
  });

  const good = { proxy: "x", seq: 1, plugins: [running] };
  for (const change of [
    { proxy: "" },
    { proxy: "a\nb" },
    { seq: -1 },
    { plugins: [{ name: "n", state: "happy" }] },
    { extra: 1 },
  ]) {
    test(`refuses ${JSON.stringify(change)}`, async () => {
      const reply = await post("bad", { ...good, ...change });
      assert.equal(reply.statusCode, 400);
      assert.match(reply.json().message, new RegExp(Object.keys(change)[0] as string));
    });
  }
});
