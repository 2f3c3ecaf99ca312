import { describe, jsonBytes } from "../artifact/descriptor.ts";
import type { Digest } from "../artifact/digest.ts";
import type { PluginArtifact } from "../artifact/layout.ts";
import { IMAGE_MANIFEST, SOURCE_MAP } from "../artifact/media-types.ts";
import { SOURCE_MAP_LIMIT, sourceMapLayer, sourceMapReferrer } from "../artifact/source-map-referrer.ts";
import type { OciClient } from "./oci/client.ts";

/** Anybody who may push can add referrers; no more of them are tried. */
const TRIES = 3;

/** Pushes a plugin's source map beside it, with names and lines but no source text; one that no proxy would read is left out. Throws what `OciClient` throws. */
export async function pushSourceMap(
  client: OciClient,
  repository: string,
  { artifact, sourceMap }: { readonly artifact: PluginArtifact; readonly sourceMap: string },
): Promise<void> {
  const content = withoutSources(sourceMap);
  if (content.byteLength > SOURCE_MAP_LIMIT) return;
  const referrer = sourceMapReferrer(content, describe(IMAGE_MANIFEST, artifact.imageManifest));
  for (const { bytes } of referrer.blobs) await client.pushBlob(repository, bytes);
  await client.pushManifest(repository, { bytes: referrer.imageManifest, mediaType: IMAGE_MANIFEST });
}

/** The first source map that can be had; undefined without one, whatever the reason. */
export async function pullSourceMap(
  client: OciClient,
  repository: string,
  subject: Digest,
): Promise<Uint8Array | undefined> {
  const referrers = await client.referrers(repository, subject, SOURCE_MAP).catch(() => []);
  for (const { digest } of referrers.slice(0, TRIES)) {
    try {
      const { bytes } = await client.pullManifest(repository, digest);
      return await client.pullBlob(repository, sourceMapLayer(bytes, repository));
    } catch {
      // The next one, or none: a map only ever makes a message better.
    }
  }
  return undefined;
}

function withoutSources(sourceMap: string): Uint8Array {
  const { version, sources, names, mappings } = JSON.parse(sourceMap) as Record<string, unknown>;
  return jsonBytes({ version, sources, names, mappings });
}
