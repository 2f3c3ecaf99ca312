import type { DesiredPlugin } from "../artifact/desired.ts";
import type { Reference } from "../artifact/reference.ts";
import { foreignManifest, versionOf } from "./foreign-plugin.ts";
import type { OciClient } from "./oci/client.ts";
import { pullForeign } from "./pull-foreign.ts";
import { pullPlugin } from "./pull-plugin.ts";

/** What a desired state has to say about a plugin, read from the plugin itself. Throws what `pullPlugin` and `pullForeign` throw. */
export async function desiredEntry(client: OciClient, reference: Reference): Promise<DesiredPlugin> {
  const { repository } = reference;
  const foreign = await pullForeign(client, reference);
  if (foreign !== undefined) {
    const { image, module, digest, where } = foreign;
    const { name, version } = foreignManifest(module, { name: repository, version: versionOf(image), where });
    return { name, repository, version, manifest: digest, layer: image.layer.digest, size: image.layer.size };
  }
  const { manifest, digest, layerDigest, layer } = (await pullPlugin(client, reference)).artifact;
  const { name, version } = manifest;
  return { name, repository, version, manifest: digest, layer: layerDigest, size: layer.byteLength };
}
