/** Dead Simple Signing Envelope v1: the signature covers the bytes and their type, so neither can be swapped. */

import { HeddleError } from "../errors.ts";
import { loadPublicKey, type PublicKey, type SigningKey, type TrustedKey } from "./keys.ts";
import { compileSchema } from "./schema.ts";

export interface Envelope {
  /** base64. */
  readonly payload: string;
  readonly payloadType: string;
  /** `keyid` only helps to find the key; it is never evidence. */
  readonly signatures: readonly { readonly sig: string; readonly keyid?: string }[];
}

const BASE64 = "^[A-Za-z0-9+/]*={0,2}$";

export const ENVELOPE_SCHEMA = {
  type: "object",
  required: ["payload", "payloadType", "signatures"],
  additionalProperties: false,
  properties: {
    payload: { type: "string", minLength: 1, pattern: BASE64 },
    payloadType: { type: "string", maxLength: 255 },
    signatures: {
      type: "array",
      minItems: 1,
      maxItems: 1,
      items: {
        type: "object",
        required: ["sig"],
        additionalProperties: false,
        properties: {
          sig: { type: "string", minLength: 1, maxLength: 1024, pattern: BASE64 },
          keyid: { type: "string", maxLength: 1024 },
        },
      },
    },
  },
};

/** Exactly one signature; throws SIGNATURE_INVALID. */
export const checkEnvelope = compileSchema<Envelope>(ENVELOPE_SCHEMA, "The signed envelope", "SIGNATURE_INVALID");

/** Pre-authentication encoding: what is signed. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

export interface SignOptions {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly key: SigningKey;
  /** Empty by default: cosign takes a non-empty keyid for an SSH fingerprint and skips the signature. */
  readonly keyid?: string;
}

export function signEnvelope({ payloadType, payload, key, keyid }: SignOptions): Envelope {
  const sig = Buffer.from(key.sign(preAuthEncoding(payloadType, payload))).toString("base64");
  const signature = keyid === undefined ? { sig } : { sig, keyid };
  return { payload: Buffer.from(payload).toString("base64"), payloadType, signatures: [signature] };
}

export interface VerifyOptions {
  readonly payloadType: string;
  readonly trusted: readonly TrustedKey[];
  readonly where?: string;
}

/** Returns the payload and who signed it; parse the payload only after this. Throws SIGNATURE_INVALID, SIGNATURE_KEY_UNKNOWN. */
export function verifyEnvelope(value: unknown, options: VerifyOptions): { payload: Uint8Array; key: TrustedKey } {
  const { payloadType, trusted, where } = options;
  const envelope = checkEnvelope(value, where);
  if (envelope.payloadType !== payloadType) {
    throw new HeddleError(
      "SIGNATURE_INVALID",
      `Expected the payload type ${payloadType}, got ${envelope.payloadType}.`,
      { where },
    );
  }
  const payload = Buffer.from(envelope.payload, "base64");
  const { sig, keyid } = envelope.signatures[0] as { sig: string; keyid?: string };
  const candidates = candidateKeys(trusted, keyid, where);
  const signed = preAuthEncoding(payloadType, payload);
  const match = candidates.find(({ key }) => key.verify(signed, Buffer.from(sig, "base64")));
  if (match !== undefined) return { payload, key: match.trusted };
  if (keyid)
    throw new HeddleError("SIGNATURE_INVALID", `The signature does not match the key ${candidates[0]?.trusted.name}.`, {
      where,
    });
  throw new HeddleError("SIGNATURE_KEY_UNKNOWN", `The signature is by none of: ${namesOf(trusted)}.`, { where });
}

/** The trusted keys that a hint may mean: one, or all of them when there is no hint. Throws SIGNATURE_KEY_UNKNOWN. */
export function candidateKeys(
  trusted: readonly TrustedKey[],
  hint: string | undefined,
  where?: string,
): { trusted: TrustedKey; key: PublicKey }[] {
  const keys = trusted.map((entry) => ({
    trusted: entry,
    key: loadPublicKey(entry.publicKey, `trusted key ${entry.name}`),
  }));
  const matching = hint ? keys.filter(({ key }) => key.hint === hint) : keys;
  if (matching.length > 0) return matching;
  throw new HeddleError(
    "SIGNATURE_KEY_UNKNOWN",
    `Signed by key ${hint || "(unnamed)"}; trusted are: ${namesOf(trusted)}.`,
    { where },
  );
}

function namesOf(trusted: readonly TrustedKey[]): string {
  return trusted.map(({ name }) => name).join(", ") || "no keys at all";
}
