import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { generateKey } from "../../runtime/artifact/keys.ts";
import { parseReference } from "../../runtime/artifact/reference.ts";
import { createMeshApi } from "../../runtime/delivery/mesh-api.ts";
import { createOciClient } from "../../runtime/delivery/oci/client.ts";
import { pushPlugin, signPlugin } from "../../runtime/delivery/publish.ts";
import { releasePlugins } from "../../runtime/delivery/release.ts";
import { verifyPlugin } from "../../runtime/delivery/verify-plugin.ts";
import { isHeddleError } from "../../runtime/errors.ts";
import { createRegistry } from "../../runtime/registry/registry.ts";
import { createToken } from "../../runtime/registry/tokens.ts";
import { labelPlugin, temporaryFolder } from "./sample-plugins.ts";

async function startRegistry(t: TestContext) {
  const { secret, token } = createToken({ name: "ci", scopes: ["push", "pull", "release", "status"] });
  const registry = await createRegistry({ dir: temporaryFolder(t), tokens: [token] });
  const { url } = await registry.listen();
  const open: { close(): Promise<void> }[] = [];
  const closing = <T extends { close(): Promise<void> }>(client: T): T => {
    open.push(client);
    return client;
  };
  t.after(async () => {
    await Promise.all(open.map((client) => client.close()));
    await registry.close();
  });
  return {
    reference: parseReference(`${new URL(url).host}/acme/label`),
    client: closing(createOciClient({ url, token: secret })),
    clientWith: (token: string | undefined) => closing(createOciClient({ url, token })),
    mesh: () => closing(createMeshApi({ url, mesh: "shop", token: secret })),
    anonymousMesh: () => closing(createMeshApi({ url, mesh: "shop" })),
  };
}

const trust = (key: ReturnType<typeof generateKey>, name = "acme") => [{ name, publicKey: key.public.pem }];

const code = (expected: string) => (error: unknown) => isHeddleError(error) && error.code === expected;

describe("push and sign", () => {
  for (const algorithm of ["ecdsa-p256", "ed25519"] as const) {
    test(`what is pushed with an ${algorithm} key verifies in both forms`, async (t) => {
      const { client, reference } = await startRegistry(t);
      const key = generateKey(algorithm);
      const built = await labelPlugin("1.0.0");
      const pushed = await pushPlugin({ client, reference, built, key });
      assert.deepEqual(await verifyPlugin({ client, reference: pushed.reference, trusted: trust(key) }), {
        digest: pushed.digest,
        name: "label",
        version: "1.0.0",
        capabilities: built.manifest.capabilities,
        size: built.component.length,
        signer: "acme",
        cosign: "acme",
      });
      assert.deepEqual(await client.tags("acme/label"), ["1.0.0", `${pushed.digest.replace(":", "-")}.sig`]);
    });
  }

  test("pushing and signing again changes nothing", async (t) => {
    const { client, reference } = await startRegistry(t);
    const key = generateKey();
    const built = await labelPlugin("1.0.0");
    const first = await pushPlugin({ client, reference, built, key });
    const second = await pushPlugin({ client, reference, built, key });
    await signPlugin({ client, reference: first.reference, key });
    assert.equal(second.digest, first.digest);
    // A source map, and two bundles: cosign's and the release.
    assert.equal((await client.referrers("acme/label", first.digest)).length, 3);
  });

  test("a second signer is added to the first", async (t) => {
    const { client, reference } = await startRegistry(t);
    const [one, two] = [generateKey(), generateKey("ed25519")];
    const pushed = await pushPlugin({ client, reference, built: await labelPlugin("1.0.0"), key: one });
    await signPlugin({ client, reference: pushed.reference, key: two });
    for (const key of [one, two]) {
      const { cosign, signer } = await verifyPlugin({ client, reference: pushed.reference, trusted: trust(key) });
      assert.deepEqual([cosign, signer], ["acme", "acme"]);
    }
  });

  test("a version that exists with other content is refused, and nothing new is signed", async (t) => {
    const { client, reference } = await startRegistry(t);
    const key = generateKey();
    await pushPlugin({ client, reference, built: await labelPlugin("1.0.0"), key });
    const { component, manifest } = await labelPlugin("1.0.0");
    const built = { component, manifest: { ...manifest, description: "Something else." } };
    await assert.rejects(pushPlugin({ client, reference, built, key }), code("TAG_IMMUTABLE"));
    assert.equal((await client.tags("acme/label")).length, 2);
  });

  const refusals = [
    {
      name: "a stranger's key",
      reference: "1.0.0",
      trusted: () => trust(generateKey()),
      expected: "SIGNATURE_KEY_UNKNOWN",
    },
    { name: "no key", reference: "1.0.0", trusted: () => [], expected: "SIGNATURE_KEY_UNKNOWN" },
    {
      name: "an unknown version",
      reference: "9.9.9",
      trusted: () => trust(generateKey()),
      expected: "ARTIFACT_UNKNOWN",
    },
    {
      name: "no version at all",
      reference: undefined,
      trusted: () => trust(generateKey()),
      expected: "REFERENCE_INVALID",
    },
  ];
  for (const { name, reference: tag, trusted, expected } of refusals) {
    test(`verify with ${name} is ${expected}`, async (t) => {
      const { client, reference } = await startRegistry(t);
      await pushPlugin({ client, reference, built: await labelPlugin("1.0.0"), key: generateKey() });
      const wanted = { ...reference, ...(tag !== undefined && { tag }) };
      await assert.rejects(verifyPlugin({ client, reference: wanted, trusted: trusted() }), code(expected));
    });
  }

  test("a tag that is another version than plugin.json's is refused", async (t) => {
    const { client, reference } = await startRegistry(t);
    const built = await labelPlugin("1.0.0");
    const wrong = { ...reference, tag: "1.0.1" };
    await assert.rejects(pushPlugin({ client, reference: wrong, built }), code("REFERENCE_INVALID"));
  });

  test("a push without a token, or with a wrong one, is denied", async (t) => {
    const { clientWith, reference } = await startRegistry(t);
    const built = await labelPlugin("1.0.0");
    for (const token of [undefined, "wrong"]) {
      const client = clientWith(token);
      await assert.rejects(pushPlugin({ client, reference, built }), code("REGISTRY_DENIED"));
    }
  });
});

describe("release", () => {
  const entry = (version: string, repository = "acme/label") => ({
    ...{ name: "label", repository, version, size: 100 },
    manifest: `sha256:${"1".repeat(64)}` as const,
    layer: `sha256:${"2".repeat(64)}` as const,
  });

  test("each release follows the one before and changes one plugin", async (t) => {
    const { mesh } = await startRegistry(t);
    const api = mesh();
    const key = generateKey();
    assert.equal((await releasePlugins({ api, key, entries: [entry("1.0.0")] })).seq, 1);
    await releasePlugins({ api, key, entries: [entry("2.0.0", "acme/other")] });
    const state = await releasePlugins({ api, key, entries: [entry("1.1.0")] });
    assert.equal(state.seq, 3);
    assert.deepEqual(
      state.plugins.map(({ repository, version }) => `${repository} ${version}`),
      ["acme/label 1.1.0", "acme/other 2.0.0"],
    );
  });

  test("several plugins change in one state", async (t) => {
    const { mesh } = await startRegistry(t);
    const api = mesh();
    const key = generateKey();
    await releasePlugins({ api, key, entries: [entry("1.0.0")] });
    const state = await releasePlugins({ api, key, entries: [entry("1.1.0"), entry("2.0.0", "acme/other")] });
    assert.equal(state.seq, 2);
    assert.deepEqual(
      state.plugins.map(({ repository, version }) => `${repository} ${version}`),
      ["acme/label 1.1.0", "acme/other 2.0.0"],
    );
  });

  test("a state of an unknown signer is not built upon", async (t) => {
    const { mesh } = await startRegistry(t);
    const api = mesh();
    const stranger = generateKey();
    await releasePlugins({ api, key: stranger, entries: [entry("6.6.6", "acme/backdoor")] });
    const key = generateKey();
    await assert.rejects(releasePlugins({ api, key, entries: [entry("1.0.0")] }), code("SIGNATURE_KEY_UNKNOWN"));
    const state = await releasePlugins({ api, key, entries: [entry("1.0.0")], trusted: trust(stranger) });
    assert.equal(state.seq, 2);
  });

  test("a release without the right is denied", async (t) => {
    const { anonymousMesh } = await startRegistry(t);
    const api = anonymousMesh();
    await assert.rejects(
      releasePlugins({ api, key: generateKey(), entries: [entry("1.0.0")] }),
      code("REGISTRY_DENIED"),
    );
  });
});
