import type { Digest } from "../artifact/digest.ts";
import { isForeignImage, isWithoutManifest } from "../artifact/foreign-image.ts";
import { isImageIndex } from "../artifact/image-index.ts";
import { assertWasm, type PluginLayout, parseImageManifest, parsePluginConfig } from "../artifact/layout.ts";
import type { Manifest } from "../artifact/manifest.ts";
import { assertClaims } from "../artifact/statement.ts";
import type { Release } from "../artifact/verify-release.ts";
import { HeddleError } from "../errors.ts";
import { fetchModule, foreignManifest, openImage, versionOf } from "./foreign-plugin.ts";
import { imageSigner } from "./image-signer.ts";
import type { Order } from "./order.ts";
import type { PartSource } from "./source.ts";
import { releaseOf } from "./verify-plugin.ts";

/** The parts of a plugin that somebody has vouched for whose word counts. */
export interface VerifiedParts {
  readonly manifest: Manifest;
  readonly component: Uint8Array;
  readonly release: Release | undefined;
  readonly image: Uint8Array;
  readonly bundles: readonly Uint8Array[];
  readonly blobs: Uint8Array[];
  readonly sourceMap: Uint8Array | undefined;
  /** Which root context of a proxy-wasm module its image names. */
  readonly rootId?: string | undefined;
}

interface Image {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

/** Fetches a plugin's parts; each line is an obligation that throws its own code. */
export async function verifiedParts(order: Order, source: PartSource): Promise<VerifiedParts> {
  const image = await source.image();
  if (isImageIndex(image.bytes) || isForeignImage(image.bytes)) return foreignParts(image, order, source);
  const layout = parseImageManifest(image.bytes, source.where);
  assertOrdered(layout, order, source.where);
  try {
    return await ownParts(layout, image, order, source);
  } catch (failure) {
    if (await isBare(layout, order, source)) return foreignParts(image, order, source);
    throw failure;
  }
}

async function ownParts(layout: PluginLayout, image: Image, order: Order, source: PartSource): Promise<VerifiedParts> {
  const { release, bundles } = await verifySignature(image, order, source);
  const config = await source.blob(layout.config);
  const manifest = parsePluginConfig(config, layout, source.where);
  if (release !== undefined) assertClaims(release.predicate, manifest, source.where);
  const [component, sourceMap] = await Promise.all([source.blob(layout.layer), source.sourceMap()]);
  assertWasm(component, source.where);
  return { manifest, component, release, image: image.bytes, bundles, blobs: [config, component], sourceMap };
}

/** An image in our layout that is not ours: nothing in it says what it is. */
async function isBare({ config }: PluginLayout, { target }: Order, source: PartSource): Promise<boolean> {
  if (target.kind !== "registry") return false;
  return source
    .blob(config)
    .then((bytes) => isWithoutManifest(bytes, source.where))
    .catch(() => false);
}

/** The signature is on what the document or the desired state names; an index binds its images by digest. */
async function foreignParts({ bytes, digest }: Image, order: Order, source: PartSource): Promise<VerifiedParts> {
  const { target, trusted } = order;
  const { where } = source;
  const { signatures } = await imageSigner(source.cosign(), { manifestDigest: digest, trusted, where });
  const opened = await openImage(bytes, source);
  assertOrdered(opened.image, order, where);
  const { module, rootId, blobs } = await fetchModule(opened, source);
  const name = target.kind === "registry" ? target.repository : where;
  const entry = target.kind === "registry" ? target.entry : undefined;
  const manifest = foreignManifest(module, { name, version: entry?.version ?? versionOf(opened.image), where });
  const kept = { image: bytes, bundles: signatures, blobs };
  return { ...kept, manifest, component: module, release: undefined, sourceMap: undefined, rootId };
}

/** The manifest names the module that the signed desired state names. */
function assertOrdered({ layer }: Pick<PluginLayout, "layer">, { target }: Order, where: string): void {
  if (target.kind !== "registry" || target.entry === undefined) return;
  const { entry } = target;
  if (layer.digest !== entry.layer) {
    const message = `expected module ${entry.layer} of the desired state, the manifest names ${layer.digest}`;
    throw new HeddleError("DIGEST_MISMATCH", message, { where });
  }
  if (layer.size === entry.size) return;
  const message = `expected ${entry.size} bytes as the desired state says, the manifest says ${layer.size}`;
  throw new HeddleError("MANIFEST_INVALID", message, { where });
}

interface Verified {
  readonly release: Release | undefined;
  readonly bundles: readonly Uint8Array[];
}

async function verifySignature(image: Image, { target, trusted }: Order, source: PartSource): Promise<Verified> {
  if (target.kind === "file" && target.unsigned) return { release: undefined, bundles: [] };
  const entry = target.kind === "registry" ? target.entry : undefined;
  const artifact = { imageManifest: image.bytes, digest: image.digest };
  let failure: unknown;
  for await (const pulled of source.bundles()) {
    try {
      const expect = entry && { name: entry.name, version: entry.version };
      const release = releaseOf({ artifact, pulled, trusted, where: source.where, ...(expect && { expect }) });
      return { release, bundles: pulled.bundles };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
