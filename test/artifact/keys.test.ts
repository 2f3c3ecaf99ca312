import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import {
  exportEncryptedKey,
  exportPrivateKey,
  generateKey,
  loadPrivateKey,
  loadPublicKey,
} from "../../runtime/artifact/keys.ts";
import { throwsCode } from "./throws.ts";

const bytes = new TextEncoder().encode("what is signed");

describe("keys", () => {
  for (const algorithm of ["ecdsa-p256", "ed25519"] as const) {
    test(`${algorithm}: plain and encrypted files open to the same key`, () => {
      const key = generateKey(algorithm);
      const sealed = exportEncryptedKey(key, "correct horse");
      assert.match(sealed, /^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n/);
      for (const loaded of [
        loadPrivateKey(exportPrivateKey(key)),
        loadPrivateKey(sealed, { password: "correct horse" }),
      ]) {
        assert.equal(loaded.public.hint, key.public.hint);
        assert.ok(loadPublicKey(key.public.pem).verify(bytes, loaded.sign(bytes)));
      }
      throwsCode(() => loadPrivateKey(sealed, { password: "wrong" }), "KEY_PASSWORD");
      throwsCode(() => loadPrivateKey(sealed), "KEY_PASSWORD");
    });

    test(`${algorithm}: a changed byte is noticed`, () => {
      const key = generateKey(algorithm);
      const signature = key.sign(bytes);
      assert.equal(key.public.verify(Uint8Array.of(...bytes, 0), signature), false);
      assert.equal(key.public.verify(bytes, signature.subarray(1)), false);
      assert.equal(generateKey(algorithm).public.verify(bytes, signature), false);
    });
  }

  test("the hint is base64 of SHA-256 of the SPKI DER", () => {
    const pem =
      "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
    const key = loadPublicKey(pem);
    assert.equal(key.algorithm, "ed25519");
    assert.equal(key.pem, pem);
    assert.match(key.hint, /^[A-Za-z0-9+/]{43}=$/);
  });

  test("other kinds of keys are refused by name", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
    for (const pair of [rsa, p384]) {
      throwsCode(() => loadPublicKey(pair.publicKey.export({ type: "spki", format: "pem" }).toString()), "KEY_INVALID");
      throwsCode(
        () => loadPrivateKey(pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
        "KEY_INVALID",
      );
    }
    throwsCode(() => loadPublicKey("nonsense"), "KEY_INVALID");
    throwsCode(() => loadPublicKey(exportPrivateKey(generateKey())), "KEY_INVALID");
    throwsCode(() => loadPrivateKey("nonsense", { where: "heddle.key" }), "KEY_INVALID");
  });

  test("an encrypted key with an expensive or foreign derivation is refused before it is computed", () => {
    const wrap = (json: object) =>
      `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${Buffer.from(JSON.stringify(json)).toString("base64")}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`;
    const kdf = { name: "scrypt", params: { N: 2 ** 30, r: 8, p: 1 }, salt: "AAAA" };
    const cipher = { name: "nacl/secretbox", nonce: "A".repeat(32) };
    throwsCode(() => loadPrivateKey(wrap({ kdf, cipher, ciphertext: "AAAA" }), { password: "x" }), "KEY_INVALID");
    throwsCode(() => loadPrivateKey(wrap({}), { password: "x" }), "KEY_INVALID");
  });
});
