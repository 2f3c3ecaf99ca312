import { verifyCosign } from "../artifact/cosign.ts";
import type { Digest } from "../artifact/digest.ts";
import { type ForeignImage, moduleOf } from "../artifact/foreign-image.ts";
import { assertWasm } from "../artifact/layout.ts";
import type { Manifest } from "../artifact/manifest.ts";
import { SEMVER } from "../artifact/schema.ts";
import { HeddleError } from "../errors.ts";
import { readSignature } from "./kept-signature.ts";
import type { Order } from "./order.ts";
import { proxyWasmManifest } from "./proxy-wasm-manifest.ts";
import type { PartSource } from "./source.ts";

const VERSION = "org.opencontainers.image.version";

/** A filter of another mesh, verified. */
export interface ForeignPlugin {
  readonly manifest: Manifest;
  readonly module: Uint8Array;
  /** What a restart needs to verify it again: signatures, and the layer. */
  readonly signatures: readonly Uint8Array[];
  readonly layer: Uint8Array;
}

/**
 * Verifies that a trusted key has signed the image by cosign, then reads the module and what it says of itself. The
 * signature binds the digest alone: which version that is, the document or the signed desired state says.
 *
 * @throws SIGNATURE_MISSING, SIGNATURE_KEY_UNKNOWN, SIGNATURE_CLAIM_MISMATCH, MANIFEST_INVALID, ARTIFACT_NOT_WASM,
 *   COMPONENT_INVALID, COMPONENT_UNSUPPORTED, IMPORT_UNKNOWN
 */
export async function foreignPlugin(
  image: ForeignImage,
  digest: Digest,
  { target, trusted }: Order,
  source: PartSource,
): Promise<ForeignPlugin> {
  const { where } = source;
  const kept = await source.cosign();
  const signatures = kept.map((bytes) => readSignature(bytes, where));
  verifyCosign({ manifestDigest: digest, signatures, trusted, where });
  const layer = await source.blob(image.layer);
  const module = moduleOf(image, layer, where);
  assertWasm(module, where);
  const entry = target.kind === "registry" ? target.entry : undefined;
  const name = target.kind === "registry" ? target.repository : where;
  const manifest = proxyWasmManifest(module, name, entry?.version ?? versionOf(image));
  if (manifest !== undefined) return { manifest, module, signatures: kept, layer };
  const message = "expected a module of the proxy-wasm ABI, which an image without a manifest of ours has to be";
  throw new HeddleError("MANIFEST_INVALID", message, { where });
}

function versionOf({ annotations }: ForeignImage): string | undefined {
  const version = annotations[VERSION]?.replace(/^v/, "");
  return version !== undefined && new RegExp(SEMVER).test(version) ? version : undefined;
}
