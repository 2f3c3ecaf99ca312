import { cosignLayers, cosignTag, verifyCosign } from "../artifact/cosign.ts";
import type { Digest } from "../artifact/digest.ts";
import type { TrustedKey } from "../artifact/keys.ts";
import type { PluginArtifact } from "../artifact/layout.ts";
import { formatReference, type Reference } from "../artifact/reference.ts";
import { assertClaims } from "../artifact/statement.ts";
import { type Release, verifyRelease } from "../artifact/verify-release.ts";
import { HeddleError, isHeddleError } from "../errors.ts";
import { type PulledBundles, pullBundles } from "./fetch.ts";
import { foreignManifest, versionOf } from "./foreign-plugin.ts";
import { imageSigner } from "./image-signer.ts";
import { pullCosign } from "./kept-signature.ts";
import type { OciClient } from "./oci/client.ts";
import { type PulledForeign, pullForeign } from "./pull-foreign.ts";
import { pullPlugin } from "./pull-plugin.ts";

export interface Verification {
  readonly digest: Digest;
  readonly name: string;
  readonly version: string;
  readonly capabilities: readonly string[];
  /** Bytes of the component. */
  readonly size: number;
  /** Name of the trusted key that released it. */
  readonly signer: string;
  /** Name of the trusted key behind cosign's tag form, if there is one. */
  readonly cosign: string | undefined;
  /** Of another mesh's image, which cosign alone has signed. */
  readonly foreign?: { readonly layout: string; readonly rootId: string | undefined };
}

export interface VerifyOptions {
  readonly client: OciClient;
  readonly reference: Reference;
  readonly trusted: readonly TrustedKey[];
}

/** Pulls a plugin whole and checks everything that a proxy would check before compiling it. Throws SIGNATURE_*. */
export async function verifyPlugin({ client, reference, trusted }: VerifyOptions): Promise<Verification> {
  const foreign = await pullForeign(client, reference);
  if (foreign !== undefined) return verifyForeign(client, foreign, trusted);
  const { artifact, repository } = await pullPlugin(client, reference);
  const where = formatReference(reference);
  const pulled = await pullBundles(client, repository, artifact.digest);
  const release = releaseOf({ artifact, pulled, trusted, where });
  assertClaims(release.predicate, artifact.manifest, where);
  const { name, version, capabilities } = release.predicate;
  const cosign = await cosignSigner({ client, repository, digest: artifact.digest, trusted });
  const { digest, layer } = artifact;
  return { digest, name, version, capabilities, size: layer.byteLength, signer: release.key.name, cosign };
}

async function verifyForeign(
  client: OciClient,
  { image, digest, module, rootId, repository, where }: PulledForeign,
  trusted: readonly TrustedKey[],
): Promise<Verification> {
  const claim = { manifestDigest: digest, trusted, where };
  const { key } = await imageSigner(pullCosign(client, repository, digest), claim);
  const found = foreignManifest(module, { name: repository, version: versionOf(image), where });
  const { name, version, capabilities } = found;
  const signed = { signer: key.name, cosign: key.name };
  const foreign = { layout: image.layout, rootId };
  return { digest, name, version, capabilities, size: module.byteLength, ...signed, foreign };
}

/** `verifyRelease`, with the reason why bundles are missing when they could not be pulled. */
export function releaseOf(options: {
  readonly artifact: Pick<PluginArtifact, "imageManifest" | "digest">;
  readonly pulled: PulledBundles;
  readonly trusted: readonly TrustedKey[];
  readonly expect?: { readonly name?: string; readonly version?: string };
  readonly where?: string;
}): Release {
  const { artifact, pulled, ...rest } = options;
  const { imageManifest: manifestBytes, digest: manifestDigest } = artifact;
  try {
    return verifyRelease({ ...rest, manifestBytes, manifestDigest, bundles: pulled.bundles });
  } catch (error) {
    const missing = isHeddleError(error) && error.code === "SIGNATURE_MISSING";
    throw missing ? (pulled.failures[0] ?? error) : error;
  }
}

async function cosignSigner(options: {
  readonly client: OciClient;
  readonly repository: string;
  readonly digest: Digest;
  readonly trusted: readonly TrustedKey[];
}): Promise<string | undefined> {
  const { client, repository, digest, trusted } = options;
  try {
    const { bytes } = await client.pullManifest(repository, cosignTag(digest));
    const signatures = [];
    for (const { descriptor, signature } of cosignLayers(bytes)) {
      signatures.push({ descriptor, signature, payload: await client.pullBlob(repository, descriptor) });
    }
    return verifyCosign({ manifestDigest: digest, signatures, trusted }).name;
  } catch (error) {
    if (error instanceof HeddleError && error.code !== "REGISTRY_UNREACHABLE") return undefined;
    throw error;
  }
}
