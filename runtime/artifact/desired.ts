/** What a mesh should run, signed: a DSSE envelope around a sequence-numbered list of plugins by digest. */

import { HeddleError } from "../errors.ts";
import { jsonBytes } from "./descriptor.ts";
import { type Digest, sha256 } from "./digest.ts";
import { checkEnvelope, type Envelope, signEnvelope, verifyEnvelope } from "./dsse.ts";
import type { SigningKey, TrustedKey } from "./keys.ts";
import { MODULE_LIMIT } from "./layout.ts";
import { DESIRED } from "./media-types.ts";
import { compileSchema, DIGEST, parseJson, SEMVER, TIMESTAMP } from "./schema.ts";

export interface DesiredPlugin {
  /** Name in the plugin's manifest. */
  readonly name: string;
  readonly repository: string;
  readonly version: string;
  /** Of the image manifest. */
  readonly manifest: Digest;
  /** Of the component. */
  readonly layer: Digest;
  /** Of the component, in bytes. */
  readonly size: number;
}

export interface DesiredState {
  readonly mesh: string;
  /** Grows with every change; a proxy never goes back. */
  readonly seq: number;
  /** RFC 3339. */
  readonly issued: string;
  /** RFC 3339; after this the state is refused. */
  readonly expires: string;
  readonly plugins: readonly DesiredPlugin[];
}

export const MESH_NAME = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";
export const DESIRED_LIMIT = 1 << 20;

const checkShape = compileSchema<DesiredState>(
  {
    type: "object",
    additionalProperties: false,
    required: ["mesh", "seq", "issued", "expires", "plugins"],
    properties: {
      mesh: { type: "string", pattern: MESH_NAME },
      seq: { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
      issued: { type: "string", maxLength: 40, pattern: TIMESTAMP },
      expires: { type: "string", maxLength: 40, pattern: TIMESTAMP },
      plugins: {
        type: "array",
        maxItems: 1000,
        items: {
          type: "object",
          additionalProperties: false,
          required: ["name", "repository", "version", "manifest", "layer", "size"],
          properties: {
            name: { type: "string", minLength: 1, maxLength: 128 },
            repository: { type: "string", minLength: 1, maxLength: 255 },
            version: { type: "string", maxLength: 64, pattern: SEMVER },
            manifest: { type: "string", pattern: DIGEST },
            layer: { type: "string", pattern: DIGEST },
            size: { type: "integer", minimum: 8, maximum: MODULE_LIMIT },
          },
        },
      },
    },
  },
  "The desired state",
  "STATE_REFUSED",
);

/** Schema, and no repository twice. */
function checkState(value: unknown, where?: string): DesiredState {
  const state = checkShape(value, where);
  const repositories = new Set(state.plugins.map(({ repository }) => repository));
  if (repositories.size === state.plugins.length) return state;
  throw refused("It names a repository twice.", where);
}

/** Throws STATE_REFUSED when the state does not follow its schema. */
export function signDesired(state: DesiredState, key: SigningKey): Envelope {
  const payload = jsonBytes(checkState(state));
  return signEnvelope({ payloadType: DESIRED, payload, key, keyid: key.public.hint });
}

export interface DesiredClaim {
  /** Parsed JSON. */
  readonly envelope: unknown;
  readonly trusted: readonly TrustedKey[];
  readonly mesh: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The newest state accepted so far. */
  readonly last?: { readonly seq: number; readonly digest: Digest };
  readonly where?: string;
}

export interface VerifiedDesired {
  readonly state: DesiredState;
  readonly key: TrustedKey;
  /** Of the signed payload: two states with one seq and two digests are equivocation. */
  readonly digest: Digest;
}

/** Verifies the signature, and only then reads. Throws SIGNATURE_INVALID, SIGNATURE_KEY_UNKNOWN, STATE_REFUSED. */
export function verifyDesired({ envelope, trusted, mesh, now, last, where }: DesiredClaim): VerifiedDesired {
  const { payload, key } = verifyEnvelope(envelope, { payloadType: DESIRED, trusted, where });
  const state = parseJson(payload, checkState, "STATE_REFUSED", where);
  const digest = sha256(payload);
  if (state.mesh !== mesh) throw refused(`It is for mesh ${state.mesh}, not for ${mesh}.`, where);
  if (!(Date.parse(state.expires) > now)) throw refused(`It expired at ${state.expires}.`, where);
  assertNewer(state.seq, digest, last, where);
  return { state, key, digest };
}

/**
 * Reads an envelope without verifying it, for a store that holds no keys. What it returns is a claim.
 * Throws SIGNATURE_INVALID for a malformed envelope, STATE_REFUSED for a malformed state.
 */
export function readDesired(
  value: unknown,
  where?: string,
): { envelope: Envelope; state: DesiredState; digest: Digest } {
  const envelope = checkEnvelope(value, where);
  if (envelope.payloadType !== DESIRED)
    throw refused(`Expected the payload type ${DESIRED}, got ${envelope.payloadType}.`, where);
  const payload = Buffer.from(envelope.payload, "base64");
  return { envelope, state: parseJson(payload, checkState, "STATE_REFUSED", where), digest: sha256(payload) };
}

function assertNewer(seq: number, digest: Digest, last: DesiredClaim["last"], where: string | undefined): void {
  if (last === undefined || seq > last.seq) return;
  if (seq < last.seq) throw refused(`Its sequence number is ${seq}, ${last.seq} was accepted before.`, where);
  if (digest !== last.digest) throw refused(`Two different states claim the sequence number ${seq}.`, where);
}

function refused(message: string, where: string | undefined): HeddleError {
  return new HeddleError("STATE_REFUSED", message, { where });
}
