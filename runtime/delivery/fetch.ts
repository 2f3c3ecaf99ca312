import { BUNDLE_LIMIT, bundleLayer } from "../artifact/bundle.ts";
import type { Descriptor } from "../artifact/descriptor.ts";
import type { Digest } from "../artifact/digest.ts";
import { BUNDLE } from "../artifact/media-types.ts";
import { decodeJson } from "../artifact/schema.ts";
import { BUNDLES_READ } from "../artifact/verify-release.ts";
import { HeddleError, isHeddleError } from "../errors.ts";
import type { OciClient } from "./oci/client.ts";

/** The signature bundles that a registry holds for one manifest. */
export interface PulledBundles {
  readonly bundles: readonly Uint8Array[];
  /** Why some could not be had. One bad signature does not hide a good one, but if none is good it is the reason. */
  readonly failures: readonly HeddleError[];
}

/** Pulls the bundles that refer to `subject`. Throws only when the registry does not answer. */
export async function pullBundles(client: OciClient, repository: string, subject: Digest): Promise<PulledBundles> {
  const referrers = await client.referrers(repository, subject, BUNDLE);
  const bundles: Uint8Array[] = [];
  const failures: HeddleError[] = [];
  for (const referrer of referrers.slice(0, BUNDLES_READ)) {
    try {
      bundles.push(await pullBundle(client, repository, { referrer, subject }));
    } catch (error) {
      if (!isHeddleError(error) || error.code === "REGISTRY_UNREACHABLE") throw error;
      failures.push(error);
    }
  }
  return { bundles, failures };
}

async function pullBundle(
  client: OciClient,
  repository: string,
  { referrer, subject }: { referrer: Descriptor; subject: Digest },
): Promise<Uint8Array> {
  const where = `${client.url}/${repository}@${referrer.digest}`;
  const { bytes } = await client.pullManifest(repository, referrer.digest);
  const { digest, size } = bundleLayer(decodeJson(bytes, "SIGNATURE_INVALID", where), subject, where);
  if (size > BUNDLE_LIMIT) {
    throw new HeddleError("SIGNATURE_INVALID", `expected at most ${BUNDLE_LIMIT} bytes, got ${size}`, { where });
  }
  return client.pullBlob(repository, { digest, size });
}
