import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hexOf, sha256 } from "../../runtime/artifact/digest.ts";
import { openCache } from "../../runtime/delivery/cache.ts";
import { isHeddleError } from "../../runtime/errors.ts";
import { temporaryFolder } from "./sample-plugins.ts";

test("contents come back by digest, read-only on disk; records come back by name", async (t) => {
  const dir = temporaryFolder(t);
  const cache = await openCache({ dir });
  const digest = await cache.keep(Buffer.from("content"));
  assert.equal(digest, sha256("content"));
  assert.equal(Buffer.from((await cache.load(digest)) ?? []).toString(), "content");
  assert.equal(statSync(join(dir, "sha256", hexOf(digest))).mode & 0o777, 0o444);
  await cache.writeRecord("../../a name", { one: 1 });
  assert.deepEqual(await cache.readRecord("../../a name"), { one: 1 });
  assert.equal(await cache.readRecord("another"), undefined);
  assert.equal(await cache.load(sha256("absent")), undefined);
});

test("a content that was changed is reported, removed and can be kept anew", async (t) => {
  const dir = temporaryFolder(t);
  const codes: string[] = [];
  const cache = await openCache({ dir, onCorrupt: (error) => void codes.push(error.code) });
  const digest = await cache.keep(Buffer.from("content"));
  const path = join(dir, "sha256", hexOf(digest));
  chmodSync(path, 0o600);
  writeFileSync(path, "c0ntent");
  assert.equal(await cache.load(digest), undefined);
  assert.deepEqual(codes, ["CACHE_CORRUPT"]);
  await cache.keep(Buffer.from("content"));
  assert.equal(Buffer.from((await cache.load(digest)) ?? []).toString(), "content");
});

test("a sweep keeps what lives and removes the rest, half-written files included", async (t) => {
  const dir = temporaryFolder(t);
  const cache = await openCache({ dir });
  const [live] = [await cache.keep(Buffer.from("live")), await cache.keep(Buffer.from("dead"))];
  writeFileSync(join(dir, "sha256", `${hexOf(live)}.1-1.tmp`), "half");
  await cache.sweep(new Set([live]));
  assert.deepEqual(readdirSync(join(dir, "sha256")), [hexOf(live)]);
});

test("a folder that cannot be written is STORE_FULL with what to do", async (t) => {
  const dir = temporaryFolder(t);
  writeFileSync(join(dir, "taken"), "a file, not a folder");
  await assert.rejects(
    openCache({ dir: join(dir, "taken") }),
    (error) => isHeddleError(error) && error.code === "STORE_FULL" && /writable/.test(error.remedy),
  );
});

test("a process killed while it replaces a record leaves the old one or the new one, and whole contents", async (t) => {
  const dir = temporaryFolder(t);
  const script = `
    const { openCache } = await import(${JSON.stringify(new URL("../../runtime/delivery/cache.ts", import.meta.url).href)});
    const cache = await openCache({ dir: ${JSON.stringify(dir)} });
    for (let version = 0; ; version += 1) {
      const digest = await cache.keep(Buffer.alloc(200_000, String(version)));
      await cache.writeRecord("plugin", { version, digest });
      if (version === 3) console.log("going");
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  const corrupt: unknown[] = [];
  const cache = await openCache({ dir, onCorrupt: (error) => void corrupt.push(error) });
  const { digest, version } = (await cache.readRecord("plugin")) as { digest: `sha256:${string}`; version: number };
  assert.ok(version >= 3);
  assert.equal((await cache.load(digest))?.length, 200_000);
  await cache.sweep(new Set([digest]));
  assert.deepEqual(readdirSync(join(dir, "sha256")), [hexOf(digest)]);
  assert.deepEqual(corrupt, []);
});
