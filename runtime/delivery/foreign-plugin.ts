import { type ForeignImage, moduleOf, parseForeignImage, rootIdOf } from "../artifact/foreign-image.ts";
import { filterOfIndex, isImageIndex } from "../artifact/image-index.ts";
import { assertWasm } from "../artifact/layout.ts";
import type { Manifest } from "../artifact/manifest.ts";
import { SEMVER } from "../artifact/schema.ts";
import { HeddleError } from "../errors.ts";
import { proxyWasmManifest } from "./proxy-wasm-manifest.ts";
import type { PartSource } from "./source.ts";

const VERSION = "org.opencontainers.image.version";

/** Where the parts of an image come from, each hashed. */
export type ImageSource = Pick<PartSource, "where" | "manifest" | "blob">;

/** An image of another mesh, its parts not fetched yet. */
export interface OpenedImage {
  readonly image: ForeignImage;
  /** The image's manifest, where an index was named. */
  readonly child: Uint8Array | undefined;
}

export interface ForeignModule {
  readonly module: Uint8Array;
  readonly rootId: string | undefined;
  /** What has been fetched beside the manifest or index that was named. */
  readonly blobs: Uint8Array[];
}

/** @throws MANIFEST_INVALID, IMAGE_AMBIGUOUS, ARTIFACT_TOO_LARGE */
export async function openImage(bytes: Uint8Array, source: ImageSource): Promise<OpenedImage> {
  const { where } = source;
  const child = isImageIndex(bytes) ? await source.manifest(filterOfIndex(bytes, where)) : undefined;
  return { image: parseForeignImage(child ?? bytes, where), child };
}

/** @throws MANIFEST_INVALID, ARTIFACT_NOT_WASM, ARTIFACT_TOO_LARGE */
export async function fetchModule({ image, child }: OpenedImage, source: ImageSource): Promise<ForeignModule> {
  const { where } = source;
  // Istio's says nothing, and its registries need not have it.
  const config = image.layout === "compat" ? undefined : await source.blob(image.config);
  const layer = await source.blob(image.layer);
  const module = moduleOf(image, layer, where);
  assertWasm(module, where);
  const rootId = config && rootIdOf(image, config, where);
  return { module, rootId, blobs: [child, config, layer].filter((bytes) => bytes !== undefined) };
}

/**
 * What the module says of itself, under a name and version that others vouch for.
 *
 * @throws MANIFEST_INVALID, COMPONENT_INVALID, COMPONENT_UNSUPPORTED, IMPORT_UNKNOWN, ADMISSION_REFUSED
 */
export function foreignManifest(
  module: Uint8Array,
  { name, version, where }: { name: string; version: string | undefined; where: string },
): Manifest {
  const manifest = proxyWasmManifest(module, name, version);
  if (manifest !== undefined) return manifest;
  const message = "expected a module of the proxy-wasm ABI, which an image without a manifest of ours has to be";
  throw new HeddleError("MANIFEST_INVALID", message, { where });
}

/** What the image says; undefined when that is no version. */
export function versionOf({ annotations }: ForeignImage): string | undefined {
  const version = annotations[VERSION]?.replace(/^v/, "");
  return version !== undefined && new RegExp(SEMVER).test(version) ? version : undefined;
}
