/** kill -9 in the middle of pushes: what was acknowledged is there, what was not is whole or absent. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, stat } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { describe as descriptorOf, jsonBytes } from "../../runtime/artifact/descriptor.ts";
import { hexOf, sha256 } from "../../runtime/artifact/digest.ts";
import { EMPTY_CONFIG, IMAGE_MANIFEST } from "../../runtime/artifact/media-types.ts";
import { HeddleError } from "../../runtime/errors.ts";
import { createRegistry } from "../../runtime/registry/registry.ts";
import { AUTH, clientOf, TOKENS, temporaryFolder } from "./fixture.ts";

async function serve(dir: string): Promise<{ child: ChildProcess; url: string }> {
  const script = join(import.meta.dirname, "serve.ts");
  const child = spawn(process.execPath, [script, dir, JSON.stringify(TOKENS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), "line");
  return { child, url: url as string };
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

const config = new TextEncoder().encode("{}");

/** One push of two blobs and a tagged manifest; resolves with the layer once everything is acknowledged. */
async function push(url: string, tag: string): Promise<Uint8Array> {
  const layer = randomBytes(20_000);
  const put = async (method: string, path: string, body: Uint8Array, type = "application/octet-stream") => {
    const headers = { ...AUTH, "content-type": type };
    const reply = await fetch(`${url}/v2/crash/${path}`, { method, body: Buffer.from(body), headers });
    assert.equal(reply.status, 201, await reply.text());
  };
  for (const blob of [layer, config]) await put("POST", `blobs/uploads/?digest=${sha256(blob)}`, blob);
  const manifest = jsonBytes({
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    config: descriptorOf(EMPTY_CONFIG, config),
    layers: [descriptorOf("application/octet-stream", layer)],
  });
  await put("PUT", `manifests/${tag}`, manifest, IMAGE_MANIFEST);
  return layer;
}

describe("kill -9", () => {
  for (const acknowledgements of [1, 3, 8, 20]) {
    test(`after ${acknowledgements} acknowledged pushes, with others under way`, async () => {
      const folder = await temporaryFolder();
      const { child, url } = await serve(folder.dir);
      const acknowledged = new Map<string, Uint8Array>();
      const dead = new Promise<void>((resolve) => {
        const worker = async (name: string) => {
          for (let i = 0; ; i++) {
            const layer = await push(url, `${name}-${i}`);
            acknowledged.set(`${name}-${i}`, layer);
            if (acknowledged.size === acknowledgements) kill(child).then(resolve);
          }
        };
        // Each worker ends with a refused connection once the registry is dead.
        for (const name of ["a", "b", "c", "d"]) worker(name).catch(() => undefined);
      });
      await dead;
      await assertWhole(folder.dir, acknowledged);
      await folder.remove();
    });
  }

  test("in the middle of a chunk: nothing is visible, and the upload can be resumed", async () => {
    const folder = await temporaryFolder();
    const { child, url } = await serve(folder.dir);
    const bytes = randomBytes(200_000);
    const begun = await fetch(`${url}/v2/crash/blobs/uploads/`, { method: "POST", headers: AUTH });
    const location = begun.headers.get("location") as string;
    const sending = request(`${url}${location}`, { method: "PATCH", headers: { ...AUTH, "content-length": 200_000 } });
    sending.on("error", () => undefined);
    sending.write(bytes.subarray(0, 100_000));
    await growing(join(folder.dir, "uploads"));
    await kill(child);

    const registry = await createRegistry({ dir: folder.dir, tokens: TOKENS });
    const { send } = clientOf(registry);
    const digest = sha256(bytes);
    assert.equal((await send("HEAD", `/v2/crash/blobs/${digest}`)).statusCode, 404);
    const have = Number(String((await send("GET", location)).headers.range).split("-")[1]) + 1;
    assert.ok(have > 1 && have <= 100_000, `${have} bytes arrived`);
    const range = { "content-range": `${have}-199999` };
    assert.equal((await send("PUT", `${location}?digest=${digest}`, range, bytes.subarray(have))).statusCode, 201);
    assert.deepEqual((await send("GET", `/v2/crash/blobs/${digest}`)).rawPayload, bytes);
    await registry.close();
    await folder.remove();
  });
});

/** Resolves once the one upload has bytes on disk. */
async function growing(folder: string): Promise<void> {
  for (;;) {
    const [name] = await readdir(folder);
    if (name !== undefined && (await stat(join(folder, name))).size > 1) return;
  }
}

async function assertWhole(dir: string, acknowledged: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const registry = await createRegistry({ dir, tokens: TOKENS });
  const { send } = clientOf(registry);
  for (const [tag, layer] of acknowledged) {
    assert.equal((await send("GET", `/v2/crash/manifests/${tag}`)).statusCode, 200, tag);
    const blob = await send("GET", `/v2/crash/blobs/${sha256(layer)}`);
    assert.deepEqual(blob.rawPayload, Buffer.from(layer), tag);
  }
  const { tags } = (await send("GET", "/v2/crash/tags/list")).json() as { tags: string[] };
  const digests = new Set<string>();
  for (const tag of tags) {
    const { config: blob, layers } = (await send("GET", `/v2/crash/manifests/${tag}`)).json();
    for (const { digest } of [blob, ...layers]) {
      const reply = await send("GET", `/v2/crash/blobs/${digest}`);
      assert.equal(sha256(reply.rawPayload), digest, `${tag} is visible, so it has to be whole`);
      digests.add(digest);
    }
  }
  const files = await readdir(join(dir, "blobs", "sha256"), { recursive: true });
  const names = files.map((file) => file.slice(file.lastIndexOf("/") + 1)).filter((name) => name.length === 64);
  for (const digest of digests) assert.ok(names.includes(hexOf(digest as `sha256:${string}`)));
  for (const name of names) {
    const known = (await send("HEAD", `/v2/crash/blobs/sha256:${name}`)).statusCode;
    assert.equal(known, 200, "no file is left that no repository has");
  }
  assert.deepEqual(await readdir(join(dir, "uploads")), [], "no upload is left that nobody was told about");
  await registry.close();
}

test("a second registry on the same folder is refused, and takes over once the first is killed", async () => {
  const folder = await temporaryFolder();
  const { child } = await serve(folder.dir);
  const locked = (error: unknown) => error instanceof HeddleError && error.code === "STORE_LOCKED";
  await assert.rejects(createRegistry({ dir: folder.dir }), locked);
  await kill(child);
  const registry = await createRegistry({ dir: folder.dir });
  await assert.rejects(createRegistry({ dir: folder.dir }), locked, "the same process as well");
  await registry.close();
  await (await createRegistry({ dir: folder.dir })).close();
  await folder.remove();
});
