/** The case list of the OCI distribution conformance suite for blobs and uploads, sha256 part. */

import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { hexOf, sha256 } from "../../runtime/artifact/digest.ts";
import { createRegistry } from "../../runtime/registry/registry.ts";
import { parseTarget } from "../../runtime/registry/target.ts";
import { clientOf, errorCode, startRegistry, TOKENS, temporaryFolder } from "./fixture.ts";

const { client, stop } = await startRegistry({ blobLimit: 100_000 });
const { send, pushBlob } = client;
after(stop);

const REPO = "conformance/blobs";
const uploads = `/v2/${REPO}/blobs/uploads/`;
const blob = (digest: string, repository = REPO) => `/v2/${repository}/blobs/${digest}`;
const begin = async () => String((await send("POST", uploads)).headers.location);
const part = (location: string, bytes: Uint8Array, start: number) =>
  send("PATCH", location, { "content-range": `${start}-${start + bytes.length - 1}` }, bytes);
const finish = (location: string, digest: string, body?: Uint8Array, headers = {}) =>
  send("PUT", `${location}?digest=${encodeURIComponent(digest)}`, headers, body);

async function assertStored(bytes: Uint8Array): Promise<void> {
  const digest = sha256(bytes);
  const head = await send("HEAD", blob(digest));
  assert.equal(head.statusCode, 200);
  assert.equal(head.headers["content-length"], String(bytes.length));
  assert.equal(head.headers["docker-content-digest"], digest);
  const get = await send("GET", blob(digest));
  assert.deepEqual(get.rawPayload, Buffer.from(bytes));
  assert.equal((await send("DELETE", blob(digest))).statusCode, 202);
  assert.equal((await send("GET", blob(digest))).statusCode, 404);
}

describe("blobs", () => {
  test("ping", async () => {
    assert.equal((await send("GET", "/v2/")).statusCode, 200);
  });

  test("get-missing", async () => {
    const reply = await send("GET", blob(sha256("missing")));
    assert.equal(reply.statusCode, 404);
    assert.equal(errorCode(reply), "BLOB_UNKNOWN");
  });

  const data = randomBytes(3000);
  const [a, b, c] = [data.subarray(0, 1000), data.subarray(1000, 2000), data.subarray(2000)];
  const good: [name: string, push: () => Promise<{ statusCode: number }>][] = [
    ["post only", () => send("POST", `${uploads}?digest=${sha256(data)}`, {}, data)],
    ["post+put", async () => finish(await begin(), sha256(data), data)],
    [
      "stream",
      async () => {
        const location = await begin();
        assert.equal((await send("PATCH", location, {}, data)).statusCode, 202);
        return finish(location, sha256(data));
      },
    ],
    [
      "chunked single",
      async () => {
        const location = await begin();
        const reply = await part(location, data, 0);
        assert.equal(reply.statusCode, 202);
        assert.equal(reply.headers.range, "0-2999");
        return finish(location, sha256(data));
      },
    ],
    [
      "chunked multi",
      async () => {
        const location = await begin();
        for (const [chunk, start] of [
          [a, 0],
          [b, 1000],
          [c, 2000],
        ] as const)
          await part(location, chunk, start);
        return finish(location, sha256(data));
      },
    ],
    [
      "chunked multi and put chunk",
      async () => {
        const location = await begin();
        for (const [chunk, start] of [
          [a, 0],
          [b, 1000],
        ] as const)
          await part(location, chunk, start);
        return finish(location, sha256(data), c, { "content-range": "2000-2999" });
      },
    ],
    [
      "chunked out-of-order",
      async () => {
        const location = await begin();
        await part(location, a, 0);
        for (const start of [2000, 0]) {
          const early = await part(location, c, start);
          assert.equal(early.statusCode, 416);
          assert.equal(early.headers.range, "0-999");
        }
        const status = await send("GET", location);
        assert.equal(status.statusCode, 204);
        assert.equal(status.headers.range, "0-999");
        await part(location, b, 1000);
        assert.equal((await finish(location, sha256(data), a, { "content-range": "0-999" })).statusCode, 416);
        return finish(location, sha256(data), c, { "content-range": "2000-2999" });
      },
    ],
  ];
  for (const [name, push] of good) {
    test(name, async () => {
      assert.equal((await push()).statusCode, 201);
      await assertStored(data);
    });
  }

  for (const bytes of [Buffer.alloc(0), Buffer.from("{}")]) {
    test(`a blob of ${bytes.length} bytes`, async () => {
      assert.equal((await finish(await begin(), sha256(bytes), bytes)).statusCode, 201);
      await assertStored(bytes);
    });
  }

  const wrong = sha256("something else");
  const bad: [name: string, push: () => Promise<{ statusCode: number; json(): unknown }>][] = [
    ["post only", () => send("POST", `${uploads}?digest=${wrong}`, {}, data)],
    ["post+put", async () => finish(await begin(), wrong, data)],
    [
      "chunked",
      async () => {
        const location = await begin();
        await part(location, data, 0);
        return finish(location, wrong);
      },
    ],
    [
      "stream",
      async () => {
        const location = await begin();
        await send("PATCH", location, {}, data);
        return finish(location, wrong);
      },
    ],
    ["malformed", async () => finish(await begin(), "sha256:baddigeststring", data)],
    ["sha512", async () => finish(await begin(), `sha512:${"a".repeat(128)}`, data)],
    ["absent", async () => send("PUT", await begin(), {}, data)],
  ];
  for (const [name, push] of bad) {
    test(`bad digest: ${name}`, async () => {
      const reply = await push();
      assert.equal(reply.statusCode, 400);
      assert.equal(errorCode(reply), "DIGEST_INVALID");
      assert.equal((await send("HEAD", blob(wrong))).statusCode, 404);
      assert.equal((await send("HEAD", blob(sha256(data)))).statusCode, 404);
    });
  }

  test("range requests", async () => {
    const digest = await pushBlob(REPO, data);
    const cases: [range: string, status: number, slice?: [number, number]][] = [
      ["bytes=500-1499", 206, [500, 1500]],
      ["bytes=500-", 206, [500, 3000]],
      ["bytes=-500", 206, [2500, 3000]],
      ["bytes=2000-5000", 206, [2000, 3000]],
      ["bytes=0-0", 206, [0, 1]],
      ["bytes=500-0", 416],
      ["bytes=5000-10000", 416],
      ["bytes=-0", 416],
      ["bytes=0-1,5-6", 200, [0, 3000]],
      ["lines=1-2", 200, [0, 3000]],
    ];
    for (const [range, status, slice] of cases) {
      const reply = await send("GET", blob(digest), { range });
      assert.equal(reply.statusCode, status, range);
      if (slice !== undefined) assert.deepEqual(reply.rawPayload, data.subarray(...slice), range);
      if (status === 206)
        assert.equal(reply.headers["content-range"], `bytes ${slice?.[0]}-${(slice?.[1] ?? 0) - 1}/3000`);
      if (status === 416) assert.equal(reply.headers["content-range"], "bytes */3000");
    }
  });

  test("mount, mount anonymous, mount missing", async () => {
    const digest = await pushBlob(REPO, Buffer.from("mounted"));
    const mount = (to: string, query: string) => send("POST", `/v2/${to}/blobs/uploads/?${query}`);
    assert.equal((await send("HEAD", blob(digest, "other/one"))).statusCode, 404, "blobs are seen per repository");
    assert.equal((await mount("other/one", `mount=${digest}&from=${REPO}`)).statusCode, 201);
    assert.equal((await mount("other/two", `mount=${digest}`)).statusCode, 201);
    assert.equal((await send("GET", blob(digest, "other/two"))).body, "mounted");
    assert.equal((await mount("other/one", `mount=${sha256("nowhere")}&from=${REPO}`)).statusCode, 202);
    assert.equal((await mount("other/x", `mount=${digest}&from=no/such`)).statusCode, 202);
    await send("DELETE", blob(digest));
    assert.equal((await send("GET", blob(digest, "other/one"))).body, "mounted", "deleting one link keeps the others");
  });

  test("cancel, and what is no upload", async () => {
    const location = await begin();
    assert.equal((await send("DELETE", location)).statusCode, 204);
    for (const method of ["GET", "PATCH", "PUT", "DELETE"]) {
      assert.equal((await send(method, location)).statusCode, 404);
      assert.equal((await send(method, `${uploads}${randomUUID()}`)).statusCode, 404);
      assert.equal((await send(method, `${uploads}not-a-uuid`)).statusCode, 404);
    }
    const elsewhere = (await begin()).replace(REPO, "other/one");
    assert.equal((await send("GET", elsewhere)).statusCode, 404, "an upload belongs to its repository");
  });

  test("too large is refused and leaves nothing", async () => {
    const big = Buffer.alloc(100_001);
    const whole = await send("POST", `${uploads}?digest=${sha256(big)}`, {}, big);
    assert.equal(whole.statusCode, 413);
    assert.equal(errorCode(whole), "SIZE_INVALID");
    const location = await begin();
    assert.equal((await send("PATCH", location, {}, big)).statusCode, 413);
    assert.equal((await send("GET", location)).statusCode, 404);
  });

  const names = ["UPPER/case", "a//b", "../etc", "a/..%2f..%2fetc", "a%2Fb", "a\\b", "-a", "a\0b", "a".repeat(300)];
  for (const name of names) {
    test(`the name ${JSON.stringify(name.slice(0, 20))} is refused`, () => {
      const path = `/v2/${name}/blobs/${sha256("x")}`;
      assert.throws(() => parseTarget(path), { name: "OciFailure", code: "NAME_INVALID", status: 400 });
    });
  }

  test("a method that a resource does not have", async () => {
    const reply = await send("PATCH", `/v2/${REPO}/tags/list`);
    assert.equal(reply.statusCode, 405);
    assert.equal(errorCode(reply), "UNSUPPORTED");
  });
});

test("a blob that rots on disk is absent until it is pushed again; uploads survive a restart", async () => {
  const folder = await temporaryFolder();
  const open = async () => createRegistry({ dir: folder.dir, tokens: TOKENS });
  const bytes = randomBytes(500);
  const digest = sha256(bytes);
  const first = await open();
  await clientOf(first).pushBlob("a", bytes);
  const location = String((await clientOf(first).send("POST", "/v2/a/blobs/uploads/")).headers.location);
  await clientOf(first).send("PATCH", location, {}, bytes.subarray(0, 200));
  await first.close();
  const hex = hexOf(digest);
  await writeFile(join(folder.dir, "blobs", "sha256", hex.slice(0, 2), hex), randomBytes(500));

  const second = await open();
  const { send, pushBlob } = clientOf(second);
  assert.equal((await send("GET", `/v2/a/blobs/${digest}`)).statusCode, 404);
  await pushBlob("a", bytes);
  assert.deepEqual((await send("GET", `/v2/a/blobs/${digest}`)).rawPayload, bytes);
  assert.equal((await send("GET", location)).headers.range, "0-199");
  const rest = await send("PUT", `${location}?digest=${digest}`, { "content-range": "200-499" }, bytes.subarray(200));
  assert.equal(rest.statusCode, 201);
  await second.close();
  await folder.remove();
});
