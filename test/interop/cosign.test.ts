import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { COSIGN_PREDICATE } from "../../runtime/artifact/bundle.ts";
import { cosignLayers, cosignTag, verifyCosign } from "../../runtime/artifact/cosign.ts";
import type { Digest } from "../../runtime/artifact/digest.ts";
import type { TrustedKey } from "../../runtime/artifact/keys.ts";
import { BUNDLE } from "../../runtime/artifact/media-types.ts";
import { RELEASE_PREDICATE } from "../../runtime/artifact/statement.ts";
import { readTrustedKey } from "../../runtime/cli/key-files.ts";
import { pushPlugin } from "../../runtime/delivery/publish.ts";
import { labelPlugin } from "../delivery/sample-plugins.ts";
import { skipWithout } from "../peer.ts";
import { createWorkstation, referenceAt, type Site, startSite, type Workstation } from "./workstation.ts";

const OFFLINE = "--insecure-ignore-tlog=true";
/** No transparency log, no TUF: a key pair alone. */
const KEY_ONLY = ["--yes", "--tlog-upload=false", "--use-signing-config=false"];
const FORMS = { tag: "--new-bundle-format=false", bundle: "--new-bundle-format=true" };

interface Bench extends Workstation {
  readonly site: Site;
  readonly digest: Digest;
  /** By digest, as cosign wants it. */
  readonly image: string;
  trusted(name: string): Promise<TrustedKey>;
}

/** An unsigned plugin in a registry. */
async function pushed(t: TestContext): Promise<Bench> {
  const site = await startSite(t);
  const workstation = createWorkstation(t, site);
  const { digest } = await pushPlugin({
    client: site.client,
    reference: referenceAt(site),
    built: await labelPlugin("1.0.0"),
  });
  const trusted = (name: string) => readTrustedKey(`${workstation.folder}/${name}.pub`);
  return { ...workstation, site, digest, image: `${site.host}/acme/label@${digest}`, trusted };
}

/** The name of the trusted key behind the tag form that is in the registry. */
async function tagSigner({ site, digest }: Bench, trusted: readonly TrustedKey[]): Promise<string> {
  const { bytes } = await site.client.pullManifest("acme/label", cosignTag(digest));
  const signatures = [];
  for (const { descriptor, signature } of cosignLayers(bytes)) {
    signatures.push({ descriptor, signature, payload: await site.client.pullBlob("acme/label", descriptor) });
  }
  return verifyCosign({ manifestDigest: digest, signatures, trusted }).name;
}

async function verified({ run, image }: Bench, key: string): Promise<{ signer: string; cosign?: string }> {
  return JSON.parse((await run("heddle", "verify", image, "--key", key, "--json")).stdout);
}

describe("cosign", { skip: skipWithout("cosign") }, () => {
  for (const type of ["p256", "ed25519"]) {
    test(`verifies what heddle signed with a ${type} key, in every form, and refuses another key`, async (t) => {
      const { run, image } = await pushed(t);
      await run("heddle", "keys", "generate", "--out", "acme", "--type", type);
      await run("heddle", "keys", "generate", "--out", "other", "--type", type);
      await run("heddle", "sign", image, "--key", "acme.key");
      const attestation = (predicate: string) => ["verify-attestation", FORMS.bundle, "--type", predicate];
      for (const command of [
        ["verify", FORMS.tag],
        ["verify", FORMS.bundle],
        attestation(COSIGN_PREDICATE),
        attestation(RELEASE_PREDICATE),
      ]) {
        const verify = (key: string) => run("cosign", ...command, OFFLINE, "--key", key, image);
        assert.match((await verify("acme.pub")).stderr, /verified against the specified public key/, command.join(" "));
        await assert.rejects(
          verify("other.pub"),
          { stderr: /no matching (signatures|attestations)/ },
          command.join(" "),
        );
      }
    });
  }

  test("signs with a key file that heddle sealed; heddle knows the signature, and wants its own too", async (t) => {
    const bench = await pushed(t);
    const { run, image, site, digest } = bench;
    await run("heddle", "keys", "generate", "--out", "acme");
    for (const form of Object.values(FORMS)) await run("cosign", "sign", "--key", "acme.key", ...KEY_ONLY, form, image);
    assert.equal(await tagSigner(bench, [await bench.trusted("acme")]), "acme");
    assert.equal((await site.client.referrers("acme/label", digest, BUNDLE)).length, 1);
    await assert.rejects(verified(bench, "acme.pub"), { stderr: /SIGNATURE_MISSING/ });
    await run("heddle", "sign", image, "--key", "acme.key");
    const { signer, cosign } = await verified(bench, "acme.pub");
    assert.deepEqual([signer, cosign], ["acme", "acme"]);
  });

  test("signs with Ed25519 over a hash (Ed25519ph), which neither cosign nor heddle verifies", async (t) => {
    const bench = await pushed(t);
    const { run, image } = bench;
    await run("heddle", "keys", "generate", "--out", "acme", "--type", "ed25519");
    for (const form of Object.values(FORMS)) {
      await run("cosign", "sign", "--key", "acme.key", ...KEY_ONLY, form, image);
      await assert.rejects(run("cosign", "verify", form, OFFLINE, "--key", "acme.pub", image));
    }
    await assert.rejects(tagSigner(bench, [await bench.trusted("acme")]), { code: "SIGNATURE_KEY_UNKNOWN" });
    await assert.rejects(verified(bench, "acme.pub"), { stderr: /SIGNATURE_INVALID/ });
    await run("heddle", "sign", image, "--key", "acme.key");
    assert.equal((await verified(bench, "acme.pub")).signer, "acme");
  });

  test("adds its signature to those of heddle, and all stay valid", async (t) => {
    const bench = await pushed(t);
    const { run, image } = bench;
    await run("heddle", "keys", "generate", "--out", "acme");
    await run("heddle", "keys", "generate", "--out", "auditor");
    await run("heddle", "sign", image, "--key", "acme.key");
    for (const form of Object.values(FORMS)) {
      await run("cosign", "sign", "--key", "auditor.key", ...KEY_ONLY, form, image);
      for (const key of ["acme.pub", "auditor.pub"]) await run("cosign", "verify", form, OFFLINE, "--key", key, image);
    }
    assert.equal(await tagSigner(bench, [await bench.trusted("auditor")]), "auditor");
    const { signer, cosign } = await verified(bench, "acme.pub");
    assert.deepEqual([signer, cosign], ["acme", "acme"]);
    await assert.rejects(verified(bench, "auditor.pub"), { stderr: /SIGNATURE_/ });
  });

  test("makes a key pair that heddle signs with", async (t) => {
    const bench = await pushed(t);
    const { run, image } = bench;
    await run("cosign", "generate-key-pair", "--output-key-prefix", "acme");
    await run("heddle", "sign", image, "--key", "acme.key");
    for (const form of Object.values(FORMS)) await run("cosign", "verify", form, OFFLINE, "--key", "acme.pub", image);
    assert.equal((await verified(bench, "acme.pub")).signer, "acme");
  });
});
