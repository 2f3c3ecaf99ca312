import assert from "node:assert/strict";
import { createHash, createHmac, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { guestFunctions } from "./guest-functions.ts";

const guest = await guestFunctions(`
import { CryptoHash } from "../contract";
import { ecdsaSignature, p256Key, rsaKey } from "./der";
import { verifyEd25519 } from "./ed25519";
import { hmacOf, sameBytes } from "./hmac";
import { sha384, sha512 } from "./sha512";
function flag(value: bool): usize { const one = new Uint8Array(1); one[0] = u8(value); return give(one); }
export function hash384(data: usize): usize { return give(sha384(bytes(data))); }
export function hash512(data: usize): usize { return give(sha512(bytes(data))); }
export function hmac256(key: usize, data: usize): usize { return give(hmacOf(CryptoHash.Sha256, bytes(key), bytes(data))); }
export function hmac384(key: usize, data: usize): usize { return give(hmacOf(CryptoHash.Sha384, bytes(key), bytes(data))); }
export function hmac512(key: usize, data: usize): usize { return give(hmacOf(CryptoHash.Sha512, bytes(key), bytes(data))); }
export function same(a: usize, b: usize): usize { return flag(sameBytes(bytes(a), bytes(b))); }
export function ed25519(key: usize, data: usize, signature: usize): usize { return flag(verifyEd25519(bytes(key), bytes(data), bytes(signature))); }
export function p256(x: usize, y: usize): usize { return give(p256Key(bytes(x), bytes(y))); }
export function rsa(n: usize, e: usize): usize { return give(rsaKey(bytes(n), bytes(e))); }
export function ecdsa(pair: usize): usize { return give(ecdsaSignature(bytes(pair))); }
`);

const same = (a: Uint8Array, b: Uint8Array) => guest("same")(a, b)[0] === 1;

test("SHA-384 and SHA-512 for every length around their blocks", () => {
  for (let length = 0; length <= 400; length++) {
    const data = randomBytes(length);
    assert.deepEqual(guest("hash384")(data), createHash("sha384").update(data).digest(), `${length} bytes`);
    assert.deepEqual(guest("hash512")(data), createHash("sha512").update(data).digest(), `${length} bytes`);
  }
});

test("HMAC with keys shorter and longer than a block", () => {
  for (const size of [0, 1, 32, 63, 64, 65, 127, 128, 129, 300]) {
    const [key, data] = [randomBytes(size), randomBytes(size * 2 + 3)];
    for (const bits of ["256", "384", "512"]) {
      const expected = createHmac(`sha${bits}`, key).update(data).digest();
      assert.deepEqual(guest(`hmac${bits}`)(key, data), expected, `SHA-${bits}, a key of ${size} bytes`);
    }
  }
});

test("bytes are the same when every one is", () => {
  const bytes = fc.uint8Array({ maxLength: 20 });
  fc.assert(fc.property(bytes, bytes, (a, b) => same(a, a) && same(a, b) === Buffer.from(a).equals(b)));
});

/** SubjectPublicKeyInfo of the 32 bytes of an Ed25519 key (RFC 8410). */
const spki = (key: Uint8Array) => Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]);

function nodeVerifies(key: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(null, data, createPublicKey({ key: spki(key), format: "der", type: "spki" }), signature);
  } catch {
    return false;
  }
}

const guestVerifies = (key: Uint8Array, data: Uint8Array, signature: Uint8Array) =>
  guest("ed25519")(key, data, signature)[0] === 1;

function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { privateKey, key: publicKey.export({ format: "der", type: "spki" }).subarray(-32) };
}

test("Ed25519: good signatures over messages of any length", () => {
  for (let length = 0; length < 200; length += 7) {
    const { privateKey, key } = keyPair();
    const data = randomBytes(length);
    assert.equal(guestVerifies(key, data, sign(null, data, privateKey)), true, `${length} bytes`);
  }
});

test("Ed25519: the vectors of RFC 8032 7.1", () => {
  const vectors = [
    [
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
  ] as const;
  for (const [key, data, signature] of vectors) {
    assert.equal(guestVerifies(Buffer.from(key, "hex"), Buffer.from(data, "hex"), Buffer.from(signature, "hex")), true);
  }
});

test("Ed25519: changed signatures, messages and keys are judged as by node:crypto", () => {
  const { privateKey, key } = keyPair();
  const change = fc.record({ at: fc.nat({ max: 31 + 64 + 20 }), by: fc.integer({ min: 1, max: 255 }) });
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 20, maxLength: 20 }),
      fc.array(change, { maxLength: 2 }),
      (data, changes) => {
        const all = Buffer.concat([key, sign(null, data, privateKey), data]);
        for (const { at, by } of changes) all[at] = (all[at] as number) ^ by;
        const parts = [all.subarray(0, 32), all.subarray(96), all.subarray(32, 96)] as const;
        assert.equal(guestVerifies(...parts), nodeVerifies(...parts));
      },
    ),
    { numRuns: 300 },
  );
});

test("Ed25519: a scalar beyond the order, and signatures of another length, are refused", () => {
  const { privateKey, key } = keyPair();
  const data = Buffer.from("data");
  const good = sign(null, data, privateKey);
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const scalar = BigInt(`0x${Buffer.from(good.subarray(32)).reverse().toString("hex")}`) + order;
  const beyond = Buffer.from(scalar.toString(16).padStart(64, "0"), "hex").reverse();
  assert.equal(guestVerifies(key, data, good), true);
  assert.equal(guestVerifies(key, data, Buffer.concat([good.subarray(0, 32), beyond])), false);
  for (const signature of [good.subarray(0, 63), Buffer.concat([good, Buffer.alloc(1)]), Buffer.alloc(0)]) {
    assert.equal(guestVerifies(key, data, signature), false);
  }
});

const part = (jwk: object, name: string) => Buffer.from(String((jwk as Record<string, unknown>)[name]), "base64url");

test("keys and signatures in DER are what node:crypto writes", () => {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecJwk = ec.publicKey.export({ format: "jwk" });
  const ecDer = ec.publicKey.export({ format: "der", type: "spki" });
  assert.deepEqual(guest("p256")(part(ecJwk, "x"), part(ecJwk, "y")), ecDer);
  for (const modulusLength of [2048, 3072, 4096]) {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength });
    const jwk = publicKey.export({ format: "jwk" });
    assert.deepEqual(guest("rsa")(part(jwk, "n"), part(jwk, "e")), publicKey.export({ format: "der", type: "spki" }));
  }
  for (let i = 0; i < 50; i++) {
    const data = randomBytes(20);
    const pair = sign("sha256", data, { key: ec.privateKey, dsaEncoding: "ieee-p1363" });
    assert.equal(verify("sha256", data, ec.publicKey, guest("ecdsa")(pair)), true);
  }
});
