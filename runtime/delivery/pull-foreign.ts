import { isForeignImage, isWithoutManifest } from "../artifact/foreign-image.ts";
import { isImageIndex } from "../artifact/image-index.ts";
import { parseImageManifest } from "../artifact/layout.ts";
import { formatReference, type Reference } from "../artifact/reference.ts";
import { type ForeignModule, fetchModule, type ImageSource, type OpenedImage, openImage } from "./foreign-plugin.ts";
import type { OciClient, PulledManifest } from "./oci/client.ts";
import { pullReference } from "./pull-plugin.ts";

export interface PulledForeign extends OpenedImage, ForeignModule, Pick<PulledManifest, "digest"> {
  readonly repository: string;
  readonly where: string;
}

/**
 * Pulls an image of another mesh whole; undefined when the reference names something else. It says nothing about who made it.
 *
 * @throws what `OciClient` throws, MANIFEST_INVALID, IMAGE_AMBIGUOUS, ARTIFACT_NOT_WASM
 */
export async function pullForeign(client: OciClient, reference: Reference): Promise<PulledForeign | undefined> {
  const { repository } = reference;
  const where = formatReference(reference);
  const source: ImageSource = {
    where,
    manifest: async ({ digest }) => (await client.pullManifest(repository, digest)).bytes,
    blob: (descriptor) => client.pullBlob(repository, descriptor),
  };
  const { bytes, digest } = await pullReference(client, reference);
  if (!(await isForeign(bytes, source))) return undefined;
  const opened = await openImage(bytes, source);
  return { ...opened, ...(await fetchModule(opened, source)), digest, repository, where };
}

async function isForeign(bytes: Uint8Array, { where, blob }: ImageSource): Promise<boolean> {
  if (isImageIndex(bytes) || isForeignImage(bytes)) return true;
  const { config } = parseImageManifest(bytes, where);
  return isWithoutManifest(await blob(config), where);
}
