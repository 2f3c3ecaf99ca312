/** A proxy whose cache has no room: the new version is refused with STORE_FULL, the running one serves on. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { labelPlugin } from "../delivery/sample-plugins.ts";
import { type LiveMesh, seen, startMesh } from "./live-mesh.ts";

function mountSmall(dir: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", dir], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function fill(file: string): void {
  try {
    writeFileSync(file, Buffer.alloc(2_000_000));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
    return;
  }
  assert.fail("expected the disk to be full");
}

test("a full cache disk", async (t: TestContext) => {
  const mesh = await startMesh(t);
  const cache = join(mesh.dir, "cache");
  if (!mountSmall(cache)) {
    assert.notEqual(process.env.HEDDLE_REQUIRE, "all", "mounting a small disk needs root");
    return t.skip("mounting a small disk needs root");
  }
  try {
    await refuseThenRecover(mesh, join(cache, "filler"));
  } finally {
    execFileSync("umount", ["-l", cache]);
  }
});

async function refuseThenRecover(mesh: LiveMesh, filler: string): Promise<void> {
  await mesh.release(await mesh.publish(await labelPlugin("1.0.0")));
  const proxy = await mesh.startProxy();
  try {
    assert.equal(await seen(mesh.site), "a 1.0.0");
    fill(filler);
    await mesh.release(await mesh.publish(await labelPlugin("1.1.0")));
    await mesh.refusal(/STORE_FULL/);
    assert.equal(await seen(mesh.site), "a 1.0.0");
    rmSync(filler);
    await mesh.release(await mesh.publish(await labelPlugin("1.2.0")));
    await mesh.reported(({ version, state }) => version === "1.2.0" && state === "running");
    assert.equal(await seen(mesh.site), "a 1.2.0");
  } finally {
    await proxy.kill();
  }
}
