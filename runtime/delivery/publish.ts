import { bundleReferrer, COSIGN_PREDICATE, signRelease, signStatement } from "../artifact/bundle.ts";
import { cosignTag, signCosign } from "../artifact/cosign.ts";
import { describe } from "../artifact/descriptor.ts";
import { type Digest, hexOf } from "../artifact/digest.ts";
import type { SigningKey } from "../artifact/keys.ts";
import { layOutPlugin, type PluginArtifact } from "../artifact/layout.ts";
import type { Manifest } from "../artifact/manifest.ts";
import { IMAGE_MANIFEST } from "../artifact/media-types.ts";
import { formatReference, type Reference } from "../artifact/reference.ts";
import { RELEASE_PREDICATE, STATEMENT_TYPE } from "../artifact/statement.ts";
import { verifyRelease } from "../artifact/verify-release.ts";
import { HeddleError, isHeddleError } from "../errors.ts";
import { systemClock } from "../telemetry/clock.ts";
import { pullBundles } from "./fetch.ts";
import type { OciClient } from "./oci/client.ts";
import { pullPlugin } from "./pull-plugin.ts";
import { pushSourceMap } from "./source-maps.ts";

export interface PushOptions {
  readonly client: OciClient;
  /** Without a tag, the plugin's version is the tag. */
  readonly reference: Reference;
  readonly built: {
    readonly component: Uint8Array;
    readonly manifest: Manifest;
    /** Pushed beside the plugin, so that proxies can name file and line of a trap. */
    readonly sourceMap?: string;
  };
  /** Signs what was pushed. */
  readonly key?: SigningKey | undefined;
}

export interface Pushed {
  /** With tag and digest. */
  readonly reference: Reference;
  readonly digest: Digest;
  readonly artifact: PluginArtifact;
}

/**
 * Pushes config, layer, manifest and tag, then the source map, then signs. A tag that is taken stops the push before anything is signed,
 * so that one version never has two signed contents.
 * Throws REFERENCE_INVALID, TAG_IMMUTABLE and what `OciClient` and `layOutPlugin` throw.
 */
export async function pushPlugin({ client, reference, built, key }: PushOptions): Promise<Pushed> {
  const artifact = layOutPlugin(built);
  const { repository, tag = built.manifest.version } = reference;
  assertTagNamesVersion(tag, built.manifest, reference);
  await client.pushBlob(repository, artifact.config);
  await client.pushBlob(repository, artifact.layer);
  const digest = await client.pushManifest(repository, {
    bytes: artifact.imageManifest,
    mediaType: IMAGE_MANIFEST,
    tag,
  });
  const { sourceMap } = built;
  if (sourceMap !== undefined) await pushSourceMap(client, repository, { artifact, sourceMap });
  const pushed = { registry: reference.registry, repository, tag, digest };
  if (key !== undefined) await signArtifact({ client, reference: pushed, artifact, key });
  return { reference: pushed, digest, artifact };
}

/** A tag that looks like a version has to be the version. */
function assertTagNamesVersion(tag: string, { version }: Manifest, reference: Reference): void {
  if (tag === version || !/^\d+\.\d+\.\d+/.test(tag)) return;
  throw new HeddleError("REFERENCE_INVALID", `expected the tag ${version} of plugin.json, got ${tag}`, {
    where: formatReference(reference),
    remedy: "Push under the plugin's own version, or change the version in plugin.json.",
  });
}

export interface SignOptions {
  readonly client: OciClient;
  readonly reference: Reference;
  readonly key: SigningKey;
}

/** Signs a plugin that a registry holds: pulls and checks all of it first, since the signature vouches for it. */
export async function signPlugin({ client, reference, key }: SignOptions): Promise<Digest> {
  const { artifact } = await pullPlugin(client, reference);
  await signArtifact({ client, reference, artifact, key });
  return artifact.digest;
}

interface ArtifactToSign extends SignOptions {
  readonly artifact: PluginArtifact;
}

/**
 * Writes three forms: cosign's tag form, cosign's own bundle, and last our release bundle, which alone binds name and
 * version. The last one being there means that all are, so signing again changes nothing.
 */
async function signArtifact({ client, reference, artifact, key }: ArtifactToSign): Promise<void> {
  const { repository } = reference;
  if (await isSignedBy(key, { client, repository, artifact })) return;
  await pushCosignTag({ client, reference, artifact, key });
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [{ digest: { sha256: hexOf(artifact.digest) } }],
    predicateType: COSIGN_PREDICATE,
    predicate: {},
  } as const;
  const target = { client, repository, artifact };
  await pushBundle({ ...target, bundle: signStatement(statement, key), predicateType: COSIGN_PREDICATE });
  await pushBundle({ ...target, bundle: signRelease(artifact, key), predicateType: RELEASE_PREDICATE });
}

interface ArtifactInRegistry {
  readonly client: OciClient;
  readonly repository: string;
  readonly artifact: PluginArtifact;
}

async function isSignedBy(key: SigningKey, { client, repository, artifact }: ArtifactInRegistry): Promise<boolean> {
  const { bundles } = await pullBundles(client, repository, artifact.digest);
  try {
    const { imageManifest: manifestBytes, digest: manifestDigest } = artifact;
    verifyRelease({ manifestBytes, manifestDigest, bundles, trusted: [{ name: "own", publicKey: key.public.pem }] });
    return true;
  } catch {
    return false;
  }
}

async function pushCosignTag({ client, reference, artifact, key }: ArtifactToSign): Promise<void> {
  const { registry, repository } = reference;
  const existing = await manifestUnder(client, repository, cosignTag(artifact.digest));
  const signature = signCosign({
    reference: `${registry}/${repository}`,
    manifestDigest: artifact.digest,
    key,
    ...(existing && { existing }),
  });
  for (const { bytes } of signature.blobs) await client.pushBlob(repository, bytes);
  const { imageManifest: bytes, tag } = signature;
  await client.pushManifest(repository, { bytes, mediaType: IMAGE_MANIFEST, tag });
}

async function pushBundle(
  options: ArtifactInRegistry & { readonly bundle: Uint8Array; readonly predicateType: string },
): Promise<void> {
  const { client, repository, artifact, bundle, predicateType } = options;
  const subject = describe(IMAGE_MANIFEST, artifact.imageManifest);
  const created = new Date(systemClock.now()).toISOString();
  const referrer = bundleReferrer({ bundle, subject, predicateType, created });
  for (const { bytes } of referrer.blobs) await client.pushBlob(repository, bytes);
  await client.pushManifest(repository, { bytes: referrer.imageManifest, mediaType: IMAGE_MANIFEST });
}

/** Undefined when there is no such tag. */
async function manifestUnder(client: OciClient, repository: string, tag: string): Promise<Uint8Array | undefined> {
  try {
    return (await client.pullManifest(repository, tag)).bytes;
  } catch (error) {
    if (isHeddleError(error) && error.code === "ARTIFACT_UNKNOWN") return undefined;
    throw error;
  }
}
