import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { jsonBytes } from "../../runtime/artifact/descriptor.ts";
import { type DesiredState, readDesired, signDesired, verifyDesired } from "../../runtime/artifact/desired.ts";
import { signEnvelope } from "../../runtime/artifact/dsse.ts";
import { generateKey } from "../../runtime/artifact/keys.ts";
import { DESIRED, IN_TOTO } from "../../runtime/artifact/media-types.ts";
import type { Code } from "../../runtime/errors.ts";
import { sampleArtifact } from "./sample.ts";
import { throwsCode } from "./throws.ts";

const key = generateKey("ed25519");
const stranger = generateKey("ed25519");
const trusted = [{ name: "release", publicKey: key.public.pem }];
const now = Date.parse("2026-03-01T00:00:00Z");
const { digest, layerDigest, layer } = sampleArtifact();
const plugin = {
  name: "api-key",
  repository: "shop/api-key",
  version: "1.0.0",
  manifest: digest,
  layer: layerDigest,
  size: layer.length,
};
const state: DesiredState = {
  mesh: "shop",
  seq: 5,
  issued: "2026-02-01T00:00:00Z",
  expires: "2026-04-01T00:00:00Z",
  plugins: [plugin],
};
const envelope = signDesired(state, key);
const claim = { envelope: envelope as unknown, trusted, mesh: "shop", now };
/** Signed by the right key, whatever it says. */
const raw = (value: unknown) => signEnvelope({ payloadType: DESIRED, payload: jsonBytes(value), key });

describe("desired state", () => {
  test("comes back as it was signed", () => {
    const verified = verifyDesired(claim);
    assert.deepEqual(verified.state, state);
    assert.equal(verified.key.name, "release");
    assert.deepEqual(readDesired(envelope).state, state);
    assert.equal(readDesired(envelope).digest, verified.digest);
  });

  test("the same state again is no news and no offence", () => {
    const { digest: last } = verifyDesired(claim);
    assert.equal(verifyDesired({ ...claim, last: { seq: 5, digest: last } }).state.seq, 5);
    assert.equal(verifyDesired({ ...claim, last: { seq: 4, digest } }).state.seq, 5);
  });

  const refused: [name: string, claim: typeof claim & { last?: { seq: number; digest: typeof digest } }, code: Code][] =
    [
      ["another mesh", { ...claim, mesh: "bank" }, "STATE_REFUSED"],
      ["an expired one", { ...claim, now: Date.parse(state.expires) }, "STATE_REFUSED"],
      ["an older sequence number", { ...claim, last: { seq: 6, digest } }, "STATE_REFUSED"],
      ["two states with one number", { ...claim, last: { seq: 5, digest } }, "STATE_REFUSED"],
      ["a stranger's", { ...claim, envelope: signDesired(state, stranger) }, "SIGNATURE_KEY_UNKNOWN"],
      ["no trusted key", { ...claim, trusted: [] }, "SIGNATURE_KEY_UNKNOWN"],
      [
        "a changed payload",
        {
          ...claim,
          envelope: { ...envelope, payload: Buffer.from(jsonBytes({ ...state, seq: 9 })).toString("base64") },
        },
        "SIGNATURE_INVALID",
      ],
      ["another payload type", { ...claim, envelope: { ...envelope, payloadType: IN_TOTO } }, "SIGNATURE_INVALID"],
      [
        "two signatures",
        { ...claim, envelope: { ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] } },
        "SIGNATURE_INVALID",
      ],
      ["no envelope", { ...claim, envelope: null }, "SIGNATURE_INVALID"],
      ["a number of 0", { ...claim, envelope: raw({ ...state, seq: 0 }) }, "STATE_REFUSED"],
      [
        "a date that is none",
        { ...claim, envelope: raw({ ...state, expires: "2026-99-99T00:00:00Z" }) },
        "STATE_REFUSED",
      ],
      [
        "a plugin without digest",
        { ...claim, envelope: raw({ ...state, plugins: [{ ...plugin, manifest: "latest" }] }) },
        "STATE_REFUSED",
      ],
      ["a repository twice", { ...claim, envelope: raw({ ...state, plugins: [plugin, plugin] }) }, "STATE_REFUSED"],
      ["an unknown field", { ...claim, envelope: raw({ ...state, force: true }) }, "STATE_REFUSED"],
    ];
  for (const [name, each, code] of refused) {
    test(`refuses ${name}`, () => {
      throwsCode(() => verifyDesired(each), code);
    });
  }

  test("a state that does not follow its schema is not signed", () => {
    throwsCode(() => signDesired({ ...state, mesh: "Not A Mesh" }, key), "STATE_REFUSED");
  });
});
