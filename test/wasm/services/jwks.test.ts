import assert from "node:assert/strict";
import { createSecretKey, generateKeyPairSync, sign } from "node:crypto";
import { describe, test } from "node:test";
import { isHeddleError } from "../../../runtime/errors.ts";
import { parseJwks } from "../../../runtime/wasm/services/jwks.ts";
import { verifySignature } from "../../../runtime/wasm/services/verify.ts";

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
const ed = generateKeyPairSync("ed25519");
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
const jwk = (key: { export(options: { format: "jwk" }): object }, extra: object = {}) => ({
  ...key.export({ format: "jwk" }),
  ...extra,
});
const set = (...keys: object[]): string => JSON.stringify({ keys });
const secret = jwk(createSecretKey(Buffer.alloc(32, 7)));

describe("parseJwks", () => {
  test("pins every key to the algorithm of its type", () => {
    const keys = parseJwks(set(jwk(rsa.publicKey), jwk(ec.publicKey, { kid: "e" }), jwk(ed.publicKey), secret));
    assert.deepEqual(
      keys.map(({ algorithm }) => algorithm),
      ["RS256", "ES256", "EdDSA", "HS256"],
    );
    assert.equal(keys[1]?.kid, "e");
  });

  test("says what is wrong without repeating what may be a secret", () => {
    const texts = ["hunter2-hunter2", '{"keys":[{"kty":"oct","k":"aHVudGVyMg" hunter2}]}', "hunter2{"];
    for (const text of texts) {
      assert.throws(
        () => parseJwks(text),
        (error) =>
          isHeddleError(error) && error.code === "KEY_INVALID" && !`${error.stack}${error.cause}`.includes("hunter2"),
      );
    }
    const mistyped = set({ ...jwk(ec.publicKey), x: 7, d: ["hunter2"] });
    assert.throws(
      () => parseJwks(mistyped),
      (error) => isHeddleError(error) && error.code === "KEY_INVALID" && !error.message.includes("hunter2"),
    );
  });

  test("takes the public half of a private key only", () => {
    assert.deepEqual(
      parseJwks(set(jwk(ec.privateKey))).map(({ key }) => key.type),
      ["public"],
    );
  });

  test("leaves out what is not for verifying signatures, and types that it does not know", () => {
    const others = [
      jwk(rsa.publicKey, { use: "enc" }),
      jwk(ec.publicKey, { key_ops: ["sign"] }),
      jwk(p384.publicKey),
      { kty: "new" },
    ];
    assert.deepEqual(parseJwks(set(...others, jwk(rsa.publicKey, { alg: "PS256" }))), []);
  });

  const refused: [name: string, text: string][] = [
    ["no JSON", "{"],
    ["no key set", "[]"],
    ["a key that is no object", '{"keys":[1]}'],
    ["a weak RSA key", set(jwk(weak.publicKey))],
    ["an RSA key that says HS256", set(jwk(rsa.publicKey, { alg: "HS256" }))],
    ["a secret that says RS256", set({ ...secret, alg: "RS256" })],
    ["a short secret", set({ kty: "oct", k: "c2hvcnQ" })],
    ["a secret that is no base64url", set({ kty: "oct", k: "a+b/".repeat(20) })],
    ["a point off the curve", set(jwk(ec.publicKey, { x: "AAAA" }))],
    ["the same kid twice", set(jwk(ec.publicKey, { kid: "a" }), jwk(ec.publicKey, { kid: "a" }))],
  ];
  for (const [name, text] of refused) {
    test(`refuses ${name}`, () => {
      assert.throws(
        () => parseJwks(text),
        (error) => isHeddleError(error) && error.code === "KEY_INVALID",
      );
    });
  }
});

describe("verifySignature", () => {
  const data = Buffer.from("header.payload");
  const [es256, rs256, eddsa] = parseJwks(set(jwk(ec.publicKey), jwk(rsa.publicKey), jwk(ed.publicKey)));
  const signatures = [
    ["ES256", es256, sign("sha256", data, { key: ec.privateKey, dsaEncoding: "ieee-p1363" })],
    ["RS256", rs256, sign("sha256", data, rsa.privateKey)],
    ["EdDSA", eddsa, sign(null, data, ed.privateKey)],
  ] as const;
  for (const [name, key, signature] of signatures) {
    test(`${name}: the signature, and nothing near it`, () => {
      assert.ok(key !== undefined);
      assert.equal(verifySignature(key, data, signature), true);
      assert.equal(verifySignature(key, Buffer.from("other"), signature), false);
      const flipped = Uint8Array.from(signature, (byte, index) => (index === 5 ? byte ^ 1 : byte));
      for (const wrong of [
        flipped,
        signature.subarray(1),
        new Uint8Array(0),
        new Uint8Array(64),
        new Uint8Array(256),
      ]) {
        assert.equal(verifySignature(key, data, wrong), false);
      }
    });
  }

  test("ES256 does not take a DER signature", () => {
    assert.equal(verifySignature(es256 as NonNullable<typeof es256>, data, sign("sha256", data, ec.privateKey)), false);
  });
});
