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

/** A key set as another thread holds it. Plain data and cloneable keys. */
export interface KeySetCopy {
  readonly name: string;
  readonly keys: readonly VerificationKey[];
  /** Milliseconds since the epoch from which on nobody vouches for the keys. */
  readonly until: number;
}

/** Key sets that other threads hold copies of. */
export interface KeySetSource extends KeySets {
  missed(name: string): void;
  copies(): KeySetCopy[];
  /** Called after keys have been fetched anew. */
  onFetched(listener: () => void): void;
}
