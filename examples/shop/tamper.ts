import { bundleReferrer } from "../../runtime/artifact/bundle.ts";
import { describe } from "../../runtime/artifact/descriptor.ts";
import { IMAGE_MANIFEST } from "../../runtime/artifact/media-types.ts";
import { RELEASE_PREDICATE } from "../../runtime/artifact/statement.ts";
import { pullBundles } from "../../runtime/delivery/fetch.ts";
import type { OciClient } from "../../runtime/delivery/oci/client.ts";
import { type Pushed, pushPlugin } from "../../runtime/delivery/publish.ts";

/** The same bytes but for one bit in the middle. */
function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}

/**
 * What somebody without a key would try: pushes a changed component under the manifest of a genuine one, and attaches
 * the genuine one's signatures to it.
 */
export async function pushTampered(client: OciClient, genuine: Pushed): Promise<Pushed> {
  const { manifest, layer } = genuine.artifact;
  const { registry, repository } = genuine.reference;
  const built = { component: flipped(layer), manifest };
  const pushed = await pushPlugin({ client, built, reference: { registry, repository, tag: "flipped" } });
  const subject = describe(IMAGE_MANIFEST, pushed.artifact.imageManifest);
  const { bundles } = await pullBundles(client, repository, genuine.digest);
  const created = new Date().toISOString();
  for (const bundle of bundles) {
    const referrer = bundleReferrer({ bundle, subject, predicateType: RELEASE_PREDICATE, created });
    for (const { bytes } of referrer.blobs) await client.pushBlob(repository, bytes);
    await client.pushManifest(repository, { bytes: referrer.imageManifest, mediaType: IMAGE_MANIFEST });
  }
  return pushed;
}
