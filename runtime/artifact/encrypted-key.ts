/** cosign's encrypted private keys: PEM around JSON; scrypt derives the key, NaCl secretbox seals PKCS#8 DER. */

import { randomBytes, scryptSync } from "node:crypto";
import nacl from "tweetnacl";
import { HeddleError } from "../errors.ts";
import { compileSchema, parseJson } from "./schema.ts";

const LABEL = "ENCRYPTED SIGSTORE PRIVATE KEY";
const PEM =
  /-----BEGIN ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)-----END ENCRYPTED \1 PRIVATE KEY-----/;
const COST = { N: 65536, r: 8, p: 1 };
const SCRYPT_MEMORY = 256 << 20;

interface Sealed {
  kdf: { params: { N: number; r: number; p: number }; salt: string };
  cipher: { nonce: string };
  ciphertext: string;
}

const checkSealed = compileSchema<Sealed>(
  {
    type: "object",
    required: ["kdf", "cipher", "ciphertext"],
    properties: {
      kdf: {
        type: "object",
        required: ["name", "params", "salt"],
        properties: {
          name: { const: "scrypt" },
          params: {
            type: "object",
            required: ["N", "r", "p"],
            properties: { N: { enum: [32768, 65536, 131072] }, r: { const: 8 }, p: { const: 1 } },
          },
          salt: { type: "string", maxLength: 200 },
        },
      },
      cipher: {
        type: "object",
        required: ["name", "nonce"],
        properties: { name: { const: "nacl/secretbox" }, nonce: { type: "string", minLength: 32, maxLength: 32 } },
      },
      ciphertext: { type: "string", maxLength: 4096 },
    },
  },
  "The encrypted private key",
  "KEY_INVALID",
);

export function isEncryptedPem(pem: string): boolean {
  return PEM.test(pem);
}

/** Seals PKCS#8 DER with a password, as `cosign generate-key-pair` does. */
export function encryptPkcs8(der: Uint8Array, password: string): string {
  const salt = randomBytes(32);
  const nonce = randomBytes(nacl.secretbox.nonceLength);
  const json = {
    kdf: { name: "scrypt", params: COST, salt: salt.toString("base64") },
    cipher: { name: "nacl/secretbox", nonce: nonce.toString("base64") },
    ciphertext: Buffer.from(nacl.secretbox(der, nonce, derive(password, salt, COST))).toString("base64"),
  };
  const body = Buffer.from(JSON.stringify(json)).toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN ${LABEL}-----\n${body}\n-----END ${LABEL}-----\n`;
}

/** Opens what `encryptPkcs8` or cosign sealed. Throws KEY_PASSWORD, KEY_INVALID. */
export function decryptPkcs8(pem: string, password: string | undefined, where?: string): Uint8Array {
  if (password === undefined)
    throw new HeddleError("KEY_PASSWORD", "The private key is encrypted; no password was given.", { where });
  const body = PEM.exec(pem)?.[2] ?? "";
  const sealed = parseJson(Buffer.from(body, "base64"), checkSealed, "KEY_INVALID", where);
  const key = derive(password, Buffer.from(sealed.kdf.salt, "base64"), sealed.kdf.params);
  const nonce = Buffer.from(sealed.cipher.nonce, "base64");
  if (nonce.length !== nacl.secretbox.nonceLength)
    throw new HeddleError("KEY_INVALID", "The nonce is not base64 of 24 bytes.", { where });
  const der = nacl.secretbox.open(Buffer.from(sealed.ciphertext, "base64"), nonce, key);
  if (der === null) throw new HeddleError("KEY_PASSWORD", "The password does not open the private key.", { where });
  return der;
}

function derive(password: string, salt: Buffer, { N, r, p }: typeof COST): Uint8Array {
  return new Uint8Array(scryptSync(password, salt, nacl.secretbox.keyLength, { N, r, p, maxmem: SCRYPT_MEMORY }));
}
