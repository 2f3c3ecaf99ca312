import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bundleFromJSON } from "@sigstore/bundle";
import { bundleLayer, bundleReferrer, signRelease, signStatement } from "../../runtime/artifact/bundle.ts";
import { jsonBytes } from "../../runtime/artifact/descriptor.ts";
import { sha256 } from "../../runtime/artifact/digest.ts";
import { signEnvelope } from "../../runtime/artifact/dsse.ts";
import { generateKey, type TrustedKey } from "../../runtime/artifact/keys.ts";
import { IMAGE_MANIFEST } from "../../runtime/artifact/media-types.ts";
import { assertClaims, RELEASE_PREDICATE, releaseStatement } from "../../runtime/artifact/statement.ts";
import { type ReleaseClaim, verifyRelease } from "../../runtime/artifact/verify-release.ts";
import type { Code } from "../../runtime/errors.ts";
import { sampleArtifact, sampleManifest } from "./sample.ts";
import { throwsCode } from "./throws.ts";

const key = generateKey();
const stranger = generateKey();
const second = generateKey("ed25519");
const trusted: TrustedKey[] = [
  { name: "ci", publicKey: key.public.pem },
  { name: "ops", publicKey: second.public.pem },
];
const artifact = sampleArtifact();
const good = signRelease(artifact, key);

/** `any`, because the table below bends the bundle out of shape. */
// biome-ignore lint/suspicious/noExplicitAny: see above
function bend(change: (bundle: any) => void): Uint8Array {
  const bundle = JSON.parse(Buffer.from(good).toString());
  change(bundle);
  return jsonBytes(bundle);
}

function claimOf(bundle: Uint8Array, more: Partial<ReleaseClaim> = {}): ReleaseClaim {
  return {
    manifestBytes: artifact.imageManifest,
    manifestDigest: artifact.digest,
    bundles: [bundle],
    trusted,
    ...more,
  };
}

function flip(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  return bytes.toString("base64");
}

describe("release signatures", () => {
  test("a good one names its key and says what it releases", () => {
    const release = verifyRelease(claimOf(good, { expect: { name: "api-key", version: "1.0.0" } }));
    assert.equal(release.key.name, "ci");
    assert.equal(release.predicate.layerDigest, artifact.layerDigest);
    assertClaims(release.predicate, artifact.manifest);
  });

  test("Ed25519 as well", () => {
    assert.equal(verifyRelease(claimOf(signRelease(artifact, second))).key.name, "ops");
  });

  test("the bundle is one that sigstore's own parser takes", () => {
    assert.equal(
      bundleFromJSON(JSON.parse(Buffer.from(good).toString())).mediaType,
      "application/vnd.dev.sigstore.bundle.v0.3+json",
    );
    assert.equal(JSON.parse(Buffer.from(good).toString()).dsseEnvelope.signatures[0].keyid, undefined);
  });

  const statement = releaseStatement(artifact);
  const predicate = statement.predicate as Record<string, unknown>;
  const { predicate: _, ...bare } = statement;
  const signedAs = (change: object) => signStatement({ ...statement, predicate: { ...predicate, ...change } }, key);
  const other = sampleArtifact({}, 2);

  const refused: [name: string, claim: ReleaseClaim, code: Code][] = [
    [
      "a flipped byte in the manifest",
      claimOf(good, { manifestBytes: artifact.imageManifest.map((b, i) => (i === 9 ? b ^ 1 : b)) }),
      "DIGEST_MISMATCH",
    ],
    [
      "a flipped byte in the payload",
      claimOf(
        bend((b) => {
          b.dsseEnvelope.payload = flip(b.dsseEnvelope.payload);
        }),
      ),
      "SIGNATURE_INVALID",
    ],
    [
      "a flipped byte in the signature",
      claimOf(
        bend((b) => {
          b.dsseEnvelope.signatures[0].sig = flip(b.dsseEnvelope.signatures[0].sig);
        }),
      ),
      "SIGNATURE_INVALID",
    ],
    ["a stranger's key", claimOf(signRelease(artifact, stranger)), "SIGNATURE_KEY_UNKNOWN"],
    [
      "a stranger's key under a trusted hint",
      claimOf(
        bend((b) => {
          const forged = JSON.parse(Buffer.from(signRelease(artifact, stranger)).toString());
          b.dsseEnvelope = forged.dsseEnvelope;
        }),
      ),
      "SIGNATURE_INVALID",
    ],
    ["no trusted keys", claimOf(good, { trusted: [] }), "SIGNATURE_KEY_UNKNOWN"],
    [
      "a stranger's key without a hint",
      claimOf(
        bend((b) => {
          b.dsseEnvelope = JSON.parse(Buffer.from(signRelease(artifact, stranger)).toString()).dsseEnvelope;
          b.verificationMaterial.publicKey = {};
        }),
      ),
      "SIGNATURE_KEY_UNKNOWN",
    ],
    [
      "another trusted key's hint",
      claimOf(
        bend((b) => {
          b.verificationMaterial.publicKey.hint = second.public.hint;
        }),
      ),
      "SIGNATURE_INVALID",
    ],
    ["another name", claimOf(good, { expect: { name: "jwt-auth" } }), "SIGNATURE_CLAIM_MISMATCH"],
    ["another version", claimOf(good, { expect: { version: "1.0.1" } }), "SIGNATURE_CLAIM_MISMATCH"],
    [
      "another plugin's signature",
      claimOf(good, { manifestBytes: other.imageManifest, manifestDigest: other.digest }),
      "SIGNATURE_CLAIM_MISMATCH",
    ],
    [
      "another module under this digest",
      claimOf(signedAs({ layerDigest: other.layerDigest })),
      "SIGNATURE_CLAIM_MISMATCH",
    ],
    [
      "two signatures",
      claimOf(
        bend((b) => {
          b.dsseEnvelope.signatures.push(b.dsseEnvelope.signatures[0]);
        }),
      ),
      "SIGNATURE_INVALID",
    ],
    [
      "no signature in the envelope",
      claimOf(
        bend((b) => {
          b.dsseEnvelope.signatures = [];
        }),
      ),
      "SIGNATURE_INVALID",
    ],
    [
      "an empty signature",
      claimOf(
        bend((b) => {
          b.dsseEnvelope.signatures[0].sig = "";
        }),
      ),
      "SIGNATURE_INVALID",
    ],
    [
      "a wrong payload type",
      claimOf(
        bend((b) => {
          b.dsseEnvelope.payloadType = "application/json";
        }),
      ),
      "SIGNATURE_INVALID",
    ],
    [
      "a payload type that was signed but is not ours",
      claimOf(
        bend((b) => {
          b.dsseEnvelope = signEnvelope({ payloadType: "application/json", payload: jsonBytes(statement), key });
        }),
      ),
      "SIGNATURE_INVALID",
    ],
    [
      "media type v0.2",
      claimOf(
        bend((b) => {
          b.mediaType = "application/vnd.dev.sigstore.bundle+json;version=0.2";
        }),
      ),
      "SIGNATURE_INVALID",
    ],
    [
      "media type v0.4",
      claimOf(
        bend((b) => {
          b.mediaType = "application/vnd.dev.sigstore.bundle.v0.4+json";
        }),
      ),
      "SIGNATURE_INVALID",
    ],
    [
      "a certificate in place of a key",
      claimOf(
        bend((b) => {
          b.verificationMaterial = { certificate: { rawBytes: "AAAA" } };
        }),
      ),
      "SIGNATURE_INVALID",
    ],
    [
      "a message signature beside the envelope",
      claimOf(
        bend((b) => {
          b.messageSignature = {};
        }),
      ),
      "SIGNATURE_INVALID",
    ],
    [
      "an old statement type",
      claimOf(signStatement({ ...statement, _type: "https://in-toto.io/Statement/v0.1" } as never, key)),
      "SIGNATURE_INVALID",
    ],
    [
      "two subjects",
      claimOf(signStatement({ ...statement, subject: [...statement.subject, ...statement.subject] }, key)),
      "SIGNATURE_INVALID",
    ],
    ["a predicate with a hole", claimOf(signedAs({ layerDigest: undefined })), "SIGNATURE_INVALID"],
    [
      "cosign's predicate alone",
      claimOf(
        signStatement({ ...statement, predicateType: "https://sigstore.dev/cosign/sign/v1", predicate: {} }, key),
      ),
      "SIGNATURE_MISSING",
    ],
    [
      "cosign's predicate left out, as cosign 3 does",
      claimOf(signStatement({ ...bare, predicateType: "https://sigstore.dev/cosign/sign/v1" }, key)),
      "SIGNATURE_MISSING",
    ],
    ["a release without a predicate", claimOf(signStatement(bare, key)), "SIGNATURE_INVALID"],
    ["bytes that are no JSON", claimOf(Buffer.from("PK\x03\x04")), "SIGNATURE_INVALID"],
    ["a bundle of two megabytes", claimOf(Buffer.alloc(2 << 20, 0x20)), "SIGNATURE_INVALID"],
    ["no bundle", claimOf(good, { bundles: [] }), "SIGNATURE_MISSING"],
  ];
  for (const [name, claim, code] of refused) {
    test(`refuses ${name}`, () => {
      throwsCode(() => verifyRelease(claim), code);
    });
  }

  const accepted: [name: string, bundle: Uint8Array][] = [
    [
      "a garbage keyid, which is no evidence either way",
      bend((b) => {
        b.dsseEnvelope.signatures[0].keyid = "garbage";
      }),
    ],
    [
      "no hint: every trusted key is tried",
      bend((b) => {
        b.verificationMaterial.publicKey = {};
      }),
    ],
    [
      "log entries, which prove nothing offline",
      bend((b) => {
        b.verificationMaterial.tlogEntries = [{ logIndex: "1" }];
      }),
    ],
  ];
  for (const [name, bundle] of accepted) {
    test(`accepts ${name}`, () => {
      assert.equal(verifyRelease(claimOf(bundle)).key.name, "ci");
    });
  }

  test("one good bundle among bad ones suffices, and of bad ones the one that came furthest is reported", () => {
    const bad = [Buffer.from("x"), signRelease(artifact, stranger)];
    assert.equal(verifyRelease(claimOf(good, { bundles: [...bad, good] })).key.name, "ci");
    throwsCode(
      () => verifyRelease(claimOf(good, { bundles: [...bad, signedAs({ layerDigest: other.layerDigest })] })),
      "SIGNATURE_CLAIM_MISMATCH",
    );
  });

  test("every byte of a bundle that is flipped either leaves the same meaning or is refused", () => {
    for (let i = 0; i < good.length; i += 7) {
      const bundle = good.map((b, at) => (at === i ? b ^ 1 : b));
      try {
        assert.deepEqual(verifyRelease(claimOf(bundle)).predicate, predicate);
      } catch (thrown) {
        assert.match(String((thrown as { code?: string }).code), /^SIGNATURE_/);
      }
    }
  });

  test("claims about another manifest are refused", () => {
    const { predicate: claims } = verifyRelease(claimOf(good));
    throwsCode(() => assertClaims(claims, sampleManifest({ capabilities: ["crypto"] })), "SIGNATURE_CLAIM_MISMATCH");
    throwsCode(() => assertClaims(claims, sampleManifest({ configSchema: null })), "SIGNATURE_CLAIM_MISMATCH");
    throwsCode(
      () => assertClaims(claims, sampleManifest({ sensitiveHeaders: ["cookie"] })),
      "SIGNATURE_CLAIM_MISMATCH",
    );
  });

  test("a referrer leads to the bundle of its own subject only", () => {
    const subject = { mediaType: IMAGE_MANIFEST, digest: artifact.digest, size: artifact.imageManifest.length };
    const referrer = bundleReferrer({
      bundle: good,
      subject,
      predicateType: RELEASE_PREDICATE,
      created: "2026-01-01T00:00:00Z",
    });
    const manifest = JSON.parse(Buffer.from(referrer.imageManifest).toString());
    assert.equal(bundleLayer(manifest, artifact.digest).digest, sha256(good));
    throwsCode(() => bundleLayer(manifest, other.digest), "SIGNATURE_CLAIM_MISMATCH");
    throwsCode(() => bundleLayer({ ...manifest, layers: [] }, artifact.digest), "SIGNATURE_INVALID");
  });
});
