import type { TrustSpec } from "../schemas/plugin.ts";
import type { TrustedKey, TrustPolicy } from "../snapshot.ts";
import type { Catalogue, Resource } from "./catalogue.ts";

/** The keys of every Trust document together. A name with two keys is one that is being rotated. */
export function resolveTrust(catalogue: Catalogue): TrustPolicy {
  return {
    publishers: catalogue.trusts.flatMap((trust) => keysOf(trust, "publishers")),
    releasers: catalogue.trusts.flatMap((trust) => keysOf(trust, "releasers")),
  };
}

function keysOf(trust: Resource<TrustSpec>, list: "publishers" | "releasers"): TrustedKey[] {
  return (trust.spec[list] ?? []).map(({ name, publicKey, publicKeyFile }) => ({
    name,
    publicKey: publicKey ?? trust.files.get(publicKeyFile ?? "") ?? "",
  }));
}
