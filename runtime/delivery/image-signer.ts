import { COSIGN_PREDICATE } from "../artifact/bundle.ts";
import { verifyCosign } from "../artifact/cosign.ts";
import type { TrustedKey } from "../artifact/keys.ts";
import { furthest, type StatementClaim, signedStatement } from "../artifact/signed-statement.ts";
import { HeddleError, isHeddleError } from "../errors.ts";
import type { PulledBundles } from "./fetch.ts";
import { isKeptSignature, readSignature } from "./kept-signature.ts";

export interface ImageSigner {
  readonly key: TrustedKey;
  /** The signatures among which the key's is: a restart verifies them again. */
  readonly signatures: readonly Uint8Array[];
}

/**
 * Which trusted key has signed an image by cosign, in either of its forms. Such a signature binds the digest alone.
 *
 * @throws SIGNATURE_MISSING, SIGNATURE_KEY_UNKNOWN, SIGNATURE_INVALID, SIGNATURE_CLAIM_MISMATCH: of several, what came furthest
 */
export async function imageSigner(sets: AsyncIterable<PulledBundles>, claim: StatementClaim): Promise<ImageSigner> {
  const failures: HeddleError[] = [];
  for await (const { bundles, failures: unreadable } of sets) {
    failures.push(...unreadable);
    for (const bytes of bundles) {
      try {
        const key = signerOf(bytes, claim);
        if (key !== undefined) return { key, signatures: bundles };
      } catch (failure) {
        if (!isHeddleError(failure)) throw failure;
        failures.push(failure);
      }
    }
  }
  const { manifestDigest, where } = claim;
  throw (
    furthest(failures) ??
    new HeddleError("SIGNATURE_MISSING", `No cosign signature on ${manifestDigest}.`, {
      where,
      remedy: "Sign it with `cosign sign --key`.",
    })
  );
}

/** Undefined for a statement of another kind, such as where the image was built: it is no word for running it. */
function signerOf(bytes: Uint8Array, claim: StatementClaim): TrustedKey | undefined {
  if (isKeptSignature(bytes)) return verifyCosign({ ...claim, signatures: [readSignature(bytes, claim.where)] });
  const { key, statement } = signedStatement(bytes, claim);
  return statement.predicateType === COSIGN_PREDICATE ? key : undefined;
}
