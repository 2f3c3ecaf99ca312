import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cosignLayers, cosignTag, signCosign, verifyCosign } from "../../runtime/artifact/cosign.ts";
import { generateKey } from "../../runtime/artifact/keys.ts";
import { sampleArtifact } from "./sample.ts";
import { throwsCode } from "./throws.ts";

const key = generateKey();
const second = generateKey("ed25519");
const { digest } = sampleArtifact();
const trusted = [{ name: "ci", publicKey: key.public.pem }];
const signed = signCosign({ reference: "h:1/shop/api-key", manifestDigest: digest, key });

function signaturesOf({ imageManifest, blobs }: typeof signed, more: typeof signed.blobs = []) {
  return cosignLayers(imageManifest).map(({ descriptor, signature }) => {
    const blob = [...blobs, ...more].find((each) => each.descriptor.digest === descriptor.digest);
    return { descriptor, signature, payload: blob?.bytes as Uint8Array };
  });
}

describe("cosign's legacy form", () => {
  test("is where cosign looks, in the shape that cosign reads", () => {
    assert.equal(signed.tag, cosignTag(digest));
    assert.match(signed.tag, /^sha256-[0-9a-f]{64}\.sig$/);
    const payload = JSON.parse(Buffer.from(signed.blobs[1]?.bytes as Uint8Array).toString());
    assert.deepEqual(payload, {
      critical: {
        identity: { "docker-reference": "h:1/shop/api-key" },
        image: { "docker-manifest-digest": digest },
        type: "cosign container image signature",
      },
      optional: null,
    });
  });

  test("verifies", () => {
    assert.equal(verifyCosign({ manifestDigest: digest, signatures: signaturesOf(signed), trusted }).name, "ci");
  });

  test("keeps the signatures that are there", () => {
    const both = signCosign({
      reference: "h:1/b",
      manifestDigest: digest,
      key: second,
      existing: signed.imageManifest,
    });
    assert.equal(cosignLayers(both.imageManifest).length, 2);
    const signatures = signaturesOf(both, signed.blobs);
    assert.equal(verifyCosign({ manifestDigest: digest, signatures, trusted }).name, "ci");
  });

  test("refuses a stranger, another digest, a changed payload, and nothing", () => {
    const signatures = signaturesOf(signed);
    const strangers = [{ name: "x", publicKey: second.public.pem }];
    throwsCode(() => verifyCosign({ manifestDigest: digest, signatures, trusted: strangers }), "SIGNATURE_KEY_UNKNOWN");
    const other = sampleArtifact({}, 2).digest;
    throwsCode(() => verifyCosign({ manifestDigest: other, signatures, trusted }), "SIGNATURE_CLAIM_MISMATCH");
    const changed = signatures.map((each) => ({ ...each, payload: each.payload.map((b, i) => (i === 3 ? b ^ 1 : b)) }));
    throwsCode(() => verifyCosign({ manifestDigest: digest, signatures: changed, trusted }), "DIGEST_MISMATCH");
    throwsCode(() => verifyCosign({ manifestDigest: digest, signatures: [], trusted }), "SIGNATURE_MISSING");
    throwsCode(() => cosignLayers(Buffer.from("[]")), "SIGNATURE_INVALID");
  });
});
