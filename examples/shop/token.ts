import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** Whoever issues the shop's access tokens: an Ed25519 key and the key set that the proxies check against. */
export interface Issuer {
  /** A JWKS document with the public key. */
  readonly jwks: string;
  token(claims: Readonly<Record<string, unknown>>): string;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function signed(key: KeyObject, kid: string, claims: Readonly<Record<string, unknown>>): string {
  const input = `${encode({ alg: "EdDSA", typ: "JWT", kid })}.${encode(claims)}`;
  return `${input}.${sign(null, Buffer.from(input), key).toString("base64url")}`;
}

/** An issuer with a fresh key. */
export function createIssuer(kid: string): Issuer {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "jwk" },
  } as never) as unknown as { privateKey: string; publicKey: Record<string, unknown> };
  const key = createPrivateKey(privateKey);
  return {
    jwks: JSON.stringify({ keys: [{ ...publicKey, kid, alg: "EdDSA", use: "sig" }] }),
    token: (claims) => signed(key, kid, claims),
  };
}
