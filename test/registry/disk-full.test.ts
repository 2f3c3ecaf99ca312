/** A disk of two megabytes: pushes beyond it are refused with STORE_FULL, what was acknowledged stays. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { sha256 } from "../../runtime/artifact/digest.ts";
import { createRegistry } from "../../runtime/registry/registry.ts";
import { clientOf, errorCode, TOKENS, temporaryFolder } from "./fixture.ts";

function mountSmall(dir: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", dir], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test("a full disk", async (t) => {
  const folder = await temporaryFolder();
  if (!mountSmall(folder.dir)) {
    await folder.remove();
    return t.skip("mounting a small disk needs root");
  }
  try {
    await fillUp(folder.dir);
  } finally {
    execFileSync("umount", [folder.dir]);
    await folder.remove();
  }
});

async function fillUp(dir: string): Promise<void> {
  const registry = await createRegistry({ dir, tokens: TOKENS });
  const { send } = clientOf(registry);
  const stored: Buffer[] = [];
  let refused: { statusCode: number; json(): unknown } | undefined;
  while (refused === undefined && stored.length < 40) {
    const bytes = randomBytes(200_000);
    const reply = await send("POST", `/v2/full/blobs/uploads/?digest=${sha256(bytes)}`, {}, bytes);
    if (reply.statusCode === 201) stored.push(bytes);
    else refused = reply;
  }
  assert.equal(refused?.statusCode, 507);
  assert.equal(errorCode(refused as never), "STORE_FULL");
  assert.ok(stored.length > 2);
  const assertAll = async (each: typeof send) => {
    for (const bytes of stored) {
      assert.deepEqual((await each("GET", `/v2/full/blobs/${sha256(bytes)}`)).rawPayload, bytes);
    }
  };
  await assertAll(send);
  const [first] = stored.splice(0, 1);
  assert.equal((await send("DELETE", `/v2/full/blobs/${sha256(first as Buffer)}`)).statusCode, 202);
  const small = Buffer.from("there is room again");
  assert.equal((await send("POST", `/v2/full/blobs/uploads/?digest=${sha256(small)}`, {}, small)).statusCode, 201);
  await registry.close();
  const again = await createRegistry({ dir, tokens: TOKENS });
  await assertAll(clientOf(again).send);
  await again.close();
}
