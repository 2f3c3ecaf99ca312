import type { KeyObject } from "node:crypto";

export const ALGORITHMS = ["RS256", "ES256", "EdDSA", "HS256"] as const;
/** JWS algorithms (RFC 7518 3.1, RFC 8037 3.1). */
export type Algorithm = (typeof ALGORITHMS)[number];

/** A key and the one algorithm that it may be used with. */
export interface VerificationKey {
  readonly kid?: string;
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

/** Key sets by the name under which a plugin refers to them. */
export interface KeySets {
  /** Undefined: no such key set. Empty: it is known, but its keys are not there (yet). */
  get(name: string): readonly VerificationKey[] | undefined;
  /** A token named a key that the set lacks: its owner may look for newer keys, later. Returns at once, never throws. */
  missed?(name: string): void;
}
