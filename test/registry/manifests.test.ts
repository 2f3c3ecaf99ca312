/** The conformance suite's case list for manifests, tags and referrers, and what this registry adds: versions and plugins. */

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { bundleReferrer, signRelease } from "../../runtime/artifact/bundle.ts";
import { cosignTag, signCosign } from "../../runtime/artifact/cosign.ts";
import { jsonBytes } from "../../runtime/artifact/descriptor.ts";
import { sha256 } from "../../runtime/artifact/digest.ts";
import { generateKey } from "../../runtime/artifact/keys.ts";
import { BUNDLE, IMAGE_INDEX, IMAGE_MANIFEST } from "../../runtime/artifact/media-types.ts";
import { RELEASE_PREDICATE } from "../../runtime/artifact/statement.ts";
import { sampleArtifact, wasmBytes } from "../artifact/sample.ts";
import { errorCode, startRegistry } from "./fixture.ts";

const { client, stop } = await startRegistry();
const { send, image, pushBlob, pushManifest, pushPlugin } = client;
after(stop);

const json = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString());
const url = (repository: string, reference: string) => `/v2/${repository}/manifests/${reference}`;

async function assertServed(repository: string, reference: string, bytes: Uint8Array, mediaType: string) {
  for (const method of ["HEAD", "GET"]) {
    const reply = await send(method, url(repository, reference));
    assert.equal(reply.statusCode, 200);
    assert.equal(reply.headers["content-type"], mediaType);
    assert.equal(reply.headers["content-length"], String(bytes.length));
    assert.equal(reply.headers["docker-content-digest"], sha256(bytes));
    if (method === "GET") assert.deepEqual(reply.rawPayload, Buffer.from(bytes));
  }
}

describe("manifests", () => {
  const subject = { mediaType: IMAGE_MANIFEST, digest: sha256("not here"), size: 8 };
  const foreign = {
    mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar",
    digest: sha256("far"),
    size: 3,
  };
  const kinds: [name: string, more: object][] = [
    ["image", {}],
    ["large-manifest", { annotations: { big: "x".repeat(3_900_000) } }],
    ["artifact", { artifactType: "application/vnd.test" }],
    ["missing-subject", { subject, artifactType: "application/vnd.test" }],
    ["no-layers", { layers: [] }],
    ["non-distributable-layers", { layers: [foreign] }],
    ["custom-fields", { "org.example.custom": { a: [1, 2] } }],
  ];
  for (const [name, more] of kinds) {
    test(`${name}: push by digest and tag, head, pull, delete`, async () => {
      const repo = `conformance/${name}`;
      const { bytes, descriptor } = await image(repo, name, more);
      for (const reference of [descriptor.digest, "latest"]) {
        const pushed = await pushManifest(repo, reference, bytes);
        assert.equal(pushed.statusCode, 201, pushed.body);
        assert.equal(pushed.headers["docker-content-digest"], descriptor.digest);
        assert.equal(pushed.headers["oci-subject"], "subject" in more ? subject.digest : undefined);
        await assertServed(repo, reference, bytes, IMAGE_MANIFEST);
      }
      assert.equal((await send("DELETE", url(repo, "latest"))).statusCode, 202);
      assert.equal((await send("GET", url(repo, "latest"))).statusCode, 404);
      assert.equal((await send("GET", url(repo, descriptor.digest))).statusCode, 200);
      assert.equal((await send("DELETE", url(repo, descriptor.digest))).statusCode, 202);
      assert.equal((await send("GET", url(repo, descriptor.digest))).statusCode, 404);
    });
  }

  test("index, nested and empty; a digest delete takes its tags along", async () => {
    const repo = "conformance/index";
    const { bytes, descriptor } = await image(repo, "one");
    await pushManifest(repo, descriptor.digest, bytes);
    const empty = jsonBytes({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: [] });
    const index = jsonBytes({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: [descriptor] });
    const nested = jsonBytes({
      schemaVersion: 2,
      mediaType: IMAGE_INDEX,
      manifests: [{ mediaType: IMAGE_INDEX, digest: sha256(index), size: index.length }],
    });
    for (const [tag, body] of [
      ["empty", empty],
      ["index", index],
      ["nested", nested],
    ] as const) {
      assert.equal((await pushManifest(repo, tag, body, IMAGE_INDEX)).statusCode, 201);
      await assertServed(repo, tag, body, IMAGE_INDEX);
    }
    assert.equal((await send("DELETE", url(repo, descriptor.digest))).statusCode, 409, "an index needs it");
    assert.equal((await send("DELETE", url(repo, sha256(nested)))).statusCode, 202);
    assert.equal((await send("GET", url(repo, "nested"))).statusCode, 404);
  });

  test("what is refused", async () => {
    const repo = "conformance/refused";
    const { bytes, descriptor } = await image(repo, "x");
    const change = (more: object) => jsonBytes({ ...json(bytes), ...more });
    const layer = json(bytes).layers[0];
    const cases: [name: string, reference: string, body: Uint8Array, status: number, code: string, type?: string][] = [
      ["another digest", sha256("y"), bytes, 400, "DIGEST_INVALID"],
      ["a malformed digest", "sha256:baddigeststring", bytes, 400, "DIGEST_INVALID"],
      ["sha512", `sha512:${"0".repeat(128)}`, bytes, 400, "DIGEST_INVALID"],
      ["no JSON", "t", Buffer.from("{"), 400, "MANIFEST_INVALID"],
      ["null", "t", Buffer.from("null"), 400, "MANIFEST_INVALID"],
      ["no layers", "t", change({ layers: undefined }), 400, "MANIFEST_INVALID"],
      ["an unknown type", "t", bytes, 400, "MANIFEST_INVALID", "application/json"],
      ["two types", "t", bytes, 400, "MANIFEST_INVALID", IMAGE_INDEX],
      [
        "a missing layer",
        "t",
        change({ layers: [{ ...layer, digest: sha256("gone") }] }),
        400,
        "MANIFEST_BLOB_UNKNOWN",
      ],
      ["a wrong size", "t", change({ layers: [{ ...layer, size: 7 }] }), 400, "SIZE_INVALID"],
      ["5 MiB", "t", Buffer.alloc(5 << 20, 32), 413, "SIZE_INVALID"],
    ];
    for (const [name, reference, body, status, code, type = IMAGE_MANIFEST] of cases) {
      const reply = await pushManifest(repo, reference, body, type);
      assert.equal(reply.statusCode, status, `${name}: ${reply.body}`);
      assert.equal(errorCode(reply), code, name);
    }
    for (const reference of [descriptor.digest, "t"]) {
      const reply = await send("GET", url(repo, reference));
      assert.equal(reply.statusCode, 404);
      assert.equal(errorCode(reply), "MANIFEST_UNKNOWN");
    }
  });

  test("a blob that a manifest needs is kept", async () => {
    const { bytes } = await image("keeps", "needed");
    await pushManifest("keeps", "t", bytes);
    const reply = await send("DELETE", `/v2/keeps/blobs/${sha256("needed")}`);
    assert.equal(reply.statusCode, 409);
    assert.equal(errorCode(reply), "DENIED");
  });
});

describe("tags", () => {
  test("sorted, paged, sliced", async () => {
    assert.equal((await send("GET", "/v2/no/such/tags/list")).statusCode, 404);
    const { bytes } = await image("tags", "t");
    for (const tag of ["b", "a", "C", "d"]) await pushManifest("tags", tag, bytes);
    const list = async (query: string) => {
      const reply = await send("GET", `/v2/tags/tags/list${query}`);
      return { tags: reply.json().tags as string[], link: reply.headers.link as string | undefined };
    };
    assert.deepEqual((await list("")).tags, ["C", "a", "b", "d"]);
    assert.deepEqual(await list("?n=0"), { tags: [], link: undefined });
    assert.deepEqual((await list("?last=a")).tags, ["b", "d"]);
    const first = await list("?n=3");
    assert.deepEqual(first.tags, ["C", "a", "b"]);
    assert.equal(first.link, '</v2/tags/tags/list?n=3&last=b>; rel="next"');
    assert.deepEqual(await list("?n=3&last=b"), { tags: ["d"], link: undefined });
  });

  test("a version is one content for ever; other tags move", async () => {
    const [one, two] = [await image("fixed", "one"), await image("fixed", "two")];
    for (const tag of ["1.0.0", "1.0.0-rc.1", "latest", "1.0.0"]) {
      assert.equal((await pushManifest("fixed", tag, one.bytes)).statusCode, 201);
    }
    for (const tag of ["1.0.0", "1.0.0-rc.1"]) {
      const reply = await pushManifest("fixed", tag, two.bytes);
      assert.equal(reply.statusCode, 409);
      assert.equal(errorCode(reply), "DENIED");
      assert.equal(reply.json().errors[0].detail.code, "TAG_IMMUTABLE");
      assert.equal((await send("DELETE", url("fixed", tag))).statusCode, 409);
    }
    assert.equal((await send("DELETE", url("fixed", one.descriptor.digest))).statusCode, 409);
    assert.equal((await pushManifest("fixed", "latest", two.bytes)).statusCode, 201);
    assert.equal((await send("GET", url("fixed", "1.0.0"))).headers["docker-content-digest"], one.descriptor.digest);
    assert.equal((await send("GET", url("fixed", two.descriptor.digest))).statusCode, 200);
  });
});

describe("referrers", () => {
  test("never 404; filtered; paged; annotations copied", async () => {
    const list = async (query = "", digest: string = sha256("subject")) =>
      send("GET", `/v2/ref/referrers/${digest}${query}`);
    const none = await list();
    assert.equal(none.statusCode, 200);
    assert.equal(none.headers["content-type"], IMAGE_INDEX);
    assert.deepEqual(none.json(), { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: [] });
    const subject = { mediaType: IMAGE_MANIFEST, digest: sha256("subject"), size: 7 };
    for (let i = 0; i < 5; i++) {
      const more = { subject, artifactType: i < 2 ? "type/a" : "type/b", annotations: { n: String(i) } };
      const { bytes, descriptor } = await image("ref", `r${i}`, more);
      await pushManifest("ref", descriptor.digest, bytes);
    }
    assert.equal((await list()).json().manifests.length, 5);
    const filtered = await list("?artifactType=type/a");
    assert.equal(filtered.headers["oci-filters-applied"], "artifactType");
    const found = filtered.json().manifests;
    assert.equal(found.length, 2);
    assert.equal(found[0].artifactType, "type/a");
    assert.match(found[0].annotations.n, /^[01]$/);
    const page = await list("?n=3");
    assert.equal(page.json().manifests.length, 3);
    const next = /<(.*)>; rel="next"/.exec(String(page.headers.link))?.[1] as string;
    assert.equal((await send("GET", next)).json().manifests.length, 2);
    assert.equal((await list("", "sha256:x")).statusCode, 400);
  });

  test("signatures are stored and recorded, and a malformed one does not block", async () => {
    const plugin = sampleArtifact();
    const key = generateKey();
    assert.equal((await pushPlugin("shop/api-key", plugin, "1.0.0")).statusCode, 201);
    const subject = { mediaType: IMAGE_MANIFEST, digest: plugin.digest, size: plugin.imageManifest.length };
    for (const bundle of [signRelease(plugin, key), Buffer.from("rubbish")]) {
      const referrer = bundleReferrer({
        bundle,
        subject,
        predicateType: RELEASE_PREDICATE,
        created: "2026-01-01T00:00:00Z",
      });
      for (const blob of referrer.blobs) await pushBlob("shop/api-key", blob.bytes);
      assert.equal((await pushManifest("shop/api-key", referrer.digest, referrer.imageManifest)).statusCode, 201);
    }
    const legacy = signCosign({ reference: "h/shop/api-key", manifestDigest: plugin.digest, key });
    for (const blob of legacy.blobs) await pushBlob("shop/api-key", blob.bytes);
    assert.equal((await pushManifest("shop/api-key", cosignTag(plugin.digest), legacy.imageManifest)).statusCode, 201);

    const referrers = await send("GET", `/v2/shop/api-key/referrers/${plugin.digest}?artifactType=${BUNDLE}`);
    assert.equal(referrers.json().manifests.length, 2);
    const recorded = await send("GET", `/api/v1/signatures?repository=shop/api-key&digest=${plugin.digest}`);
    const kinds = recorded.json().signatures.map((s: { kind: string; hint: string | null }) => `${s.kind} ${s.hint}`);
    assert.deepEqual(kinds.sort(), ["bundle null", `bundle ${key.public.hint}`, "cosign null"].sort());
  });
});

describe("plugins at the door", () => {
  const plugin = sampleArtifact();
  const layout = json(plugin.imageManifest);

  test("the tag has to be the version", async () => {
    assert.equal((await pushPlugin("doors", plugin, "1.0.0")).statusCode, 201);
    assert.equal((await pushPlugin("doors", plugin, "latest")).statusCode, 201);
    const reply = await pushPlugin("doors", plugin, "1.0.1");
    assert.equal(reply.statusCode, 400);
    assert.match(reply.body, /version 1\.0\.0, the tag says 1\.0\.1/);
  });

  test("two layers, other bytes than wasm, and a config of another layer are refused", async () => {
    await pushPlugin("doors", plugin, "1.0.0");
    const script = Buffer.from("#!/bin/sh\nrm -rf /");
    const other = wasmBytes(9);
    for (const bytes of [script, other]) await pushBlob("doors", bytes);
    const layer = (bytes: Uint8Array) => ({ ...layout.layers[0], digest: sha256(bytes), size: bytes.length });
    for (const layers of [[layout.layers[0], layout.layers[0]], [layer(script)], [layer(other)]]) {
      const reply = await pushManifest("doors", "latest", jsonBytes({ ...layout, layers }));
      assert.equal(reply.statusCode, 400, reply.body);
      assert.equal(errorCode(reply), "MANIFEST_INVALID");
    }
  });
});
