import { sha256 } from "../artifact/digest.ts";
import { assertWasm, type PluginArtifact, parseImageManifest, parsePluginConfig } from "../artifact/layout.ts";
import { formatReference, type Reference } from "../artifact/reference.ts";
import { HeddleError } from "../errors.ts";
import type { OciClient, PulledManifest } from "./oci/client.ts";

export interface PulledPlugin {
  readonly artifact: PluginArtifact;
  readonly repository: string;
}

/**
 * Pulls a plugin whole and checks that its parts belong together. It says nothing about who made it.
 * Throws what `OciClient` throws, MANIFEST_INVALID, ARTIFACT_NOT_WASM.
 */
export async function pullPlugin(client: OciClient, reference: Reference): Promise<PulledPlugin> {
  const { repository } = reference;
  const where = formatReference(reference);
  const { bytes: imageManifest, digest } = await pullReference(client, reference);
  const layout = parseImageManifest(imageManifest, where);
  const config = await client.pullBlob(repository, layout.config);
  const manifest = parsePluginConfig(config, layout, where);
  const layer = await client.pullBlob(repository, layout.layer);
  assertWasm(layer, where);
  const configDigest = sha256(config);
  const artifact = { manifest, imageManifest, digest, config, configDigest, layer, layerDigest: layout.layer.digest };
  return { artifact, repository };
}

/** By the digest if the reference has one, else by its tag. Throws REFERENCE_INVALID for neither. */
export function pullReference(client: OciClient, reference: Reference): Promise<PulledManifest> {
  const which = reference.digest ?? reference.tag;
  if (which !== undefined) return client.pullManifest(reference.repository, which);
  throw new HeddleError("REFERENCE_INVALID", "expected a tag or a digest, got neither", {
    where: formatReference(reference),
    remedy: "Name the version, as in HOST/ns/plugin:1.0.0.",
  });
}
