import { createHmac, hash } from "node:crypto";
import type { CryptoCapability, CryptoVerification } from "../abi/capabilities.ts";
import type { VerificationKey } from "../services/key-sets.ts";
import { sameBytes, verifySignature } from "../services/verify.ts";
import type { HookContext } from "./context.ts";

const MAX_RANDOM = 65_536;

export function cryptoCapability({ services }: HookContext): CryptoCapability {
  const keysOf = (name: string): readonly VerificationKey[] | undefined => services.keySets.get(name);
  return {
    digest: (algorithm, data) => hash(algorithm, data, "buffer"),
    hmac(algorithm, keySet, keyId, data) {
      const shared = (keysOf(keySet) ?? []).filter(({ key }) => key.type === "secret");
      const chosen = keyId === undefined ? shared : shared.filter(({ kid }) => kid === keyId);
      const [only] = chosen;
      return only === undefined || chosen.length > 1
        ? undefined
        : createHmac(algorithm, only.key).update(data).digest();
    },
    verify(keySet, keyId, algorithm, data, signature) {
      const chosen = chooseKey(keysOf(keySet), keyId, algorithm);
      if (chosen === "unknown-key") services.keySets.missed?.(keySet);
      if (typeof chosen === "string") return chosen;
      return verifySignature(chosen, data, signature) ? "valid" : "invalid";
    },
    random: (length) => (length > MAX_RANDOM ? new Uint8Array(0) : services.random(length)),
    equal: sameBytes,
  };
}

/** The key that is pinned to this algorithm, or why there is none to use. */
function chooseKey(
  keys: readonly VerificationKey[] | undefined,
  keyId: string | undefined,
  algorithm: string,
): VerificationKey | CryptoVerification {
  if (keys === undefined) return "unknown-key-set";
  if (keys.length === 0) return "unavailable";
  const named = keyId === undefined ? keys : keys.filter(({ kid }) => kid === keyId);
  if (named.length === 0) return "unknown-key";
  const fitting = named.filter((key) => key.algorithm === algorithm);
  const [only] = fitting;
  if (only === undefined) return "algorithm-mismatch";
  return fitting.length > 1 ? "ambiguous-key" : only;
}
