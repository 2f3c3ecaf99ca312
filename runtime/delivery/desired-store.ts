import { type DesiredState, type VerifiedDesired, verifyDesired } from "../artifact/desired.ts";
import type { Digest } from "../artifact/digest.ts";
import type { TrustedKey } from "../artifact/keys.ts";
import type { Cache } from "./cache.ts";

/** The newest desired state that this proxy has accepted. It only ever moves forward, across restarts too. */
export interface DesiredStore {
  readonly state: DesiredState | undefined;
  /** Of the signed payload. */
  readonly digest: Digest | undefined;
  /** Reads what was accepted before a restart; an expired state still serves. Throws SIGNATURE_*, STATE_REFUSED. */
  restore(trusted: readonly TrustedKey[]): Promise<void>;
  /**
   * Verifies an envelope and keeps it before anybody acts on it. False: it is the state we have.
   * Throws SIGNATURE_*, STATE_REFUSED (mesh, expiry, lower sequence number, equivocation), STORE_FULL.
   */
  accept(envelope: unknown, trusted: readonly TrustedKey[]): Promise<boolean>;
}

export interface DesiredStoreOptions {
  readonly cache: Cache;
  readonly mesh: string;
  readonly clock: { now(): number };
}

interface Marker {
  readonly seq: number;
  readonly digest: Digest;
}

export function createDesiredStore({ cache, mesh, clock }: DesiredStoreOptions): DesiredStore {
  const record = `desired ${mesh}`;
  const where = `mesh ${mesh}`;
  let current: VerifiedDesired | undefined;
  /** Survives a state that can no longer be verified: a sequence number is never taken back. */
  let last: Marker | undefined;

  return {
    get state() {
      return current?.state;
    },
    get digest() {
      return current?.digest;
    },
    async restore(trusted) {
      const stored = await cache.readRecord(record);
      if (!isStored(stored)) return;
      last = { seq: stored.seq, digest: stored.digest };
      const now = Number.NEGATIVE_INFINITY;
      current = verifyDesired({ envelope: stored.envelope, trusted, mesh, now, where });
    },
    async accept(envelope, trusted) {
      const verified = verifyDesired({ envelope, trusted, mesh, now: clock.now(), where, ...(last && { last }) });
      if (current !== undefined && verified.digest === current.digest) return false;
      const { digest } = verified;
      const { seq } = verified.state;
      await cache.writeRecord(record, { seq, digest, envelope });
      last = { seq, digest };
      current = verified;
      return true;
    },
  };
}

function isStored(value: unknown): value is Marker & { envelope: unknown } {
  const { seq, digest, envelope } = (value ?? {}) as Partial<Marker & { envelope: unknown }>;
  return typeof seq === "number" && typeof digest === "string" && envelope !== undefined;
}
