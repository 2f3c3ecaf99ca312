import { type CosignClaim, cosignLayers, cosignTag } from "../artifact/cosign.ts";
import { describe, jsonBytes } from "../artifact/descriptor.ts";
import type { Digest } from "../artifact/digest.ts";
import { SIMPLE_SIGNING } from "../artifact/media-types.ts";
import { compileSchema, decodeJson, parseJson } from "../artifact/schema.ts";
import { HeddleError, isHeddleError } from "../errors.ts";
import { type PulledBundles, pullBundles } from "./fetch.ts";
import type { OciClient } from "./oci/client.ts";

/** Signatures beyond these are not looked at, and payloads not read further. */
const MOST = 64;
const PAYLOAD_LIMIT = 64 * 1024;

const check = compileSchema<{ payload: string; signature: string }>(
  {
    type: "object",
    required: ["payload", "signature"],
    properties: { payload: { type: "string" }, signature: { type: "string" } },
  },
  "A kept signature",
  "SIGNATURE_INVALID",
);

/** A signature by cosign with what it signs, in one piece that a cache can keep. */
export function keptSignature(payload: Uint8Array, signature: Uint8Array): Uint8Array {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  return jsonBytes({ payload: text(payload), signature: text(signature) });
}

/** Whether it is one rather than a bundle. Decides nothing else. */
export function isKeptSignature(bytes: Uint8Array): boolean {
  try {
    return (decodeJson(bytes, "SIGNATURE_INVALID") as { mediaType?: unknown }).mediaType === undefined;
  } catch {
    return false;
  }
}

/** It is verified as if it had just been pulled. @throws SIGNATURE_INVALID */
export function readSignature(bytes: Uint8Array, where?: string): CosignClaim["signatures"][number] {
  const { payload, signature } = parseJson(bytes, check, "SIGNATURE_INVALID", where);
  const signed = Buffer.from(payload, "base64");
  return {
    payload: signed,
    signature: Buffer.from(signature, "base64"),
    descriptor: describe(SIMPLE_SIGNING, signed),
  };
}

/** What cosign has left beside an image: under its tag first, and the bundles only when those did not do. */
export async function* pullCosign(
  client: OciClient,
  repository: string,
  image: Digest,
): AsyncGenerator<PulledBundles, void> {
  const bundles = await pullSignatures(client, repository, image);
  if (bundles.length > 0) yield { bundles, failures: [] };
  yield await pullBundles(client, repository, image);
}

/** None is no error. */
async function pullSignatures(client: OciClient, repository: string, image: Digest): Promise<Uint8Array[]> {
  const where = `${client.url}/${repository}@${image}`;
  try {
    const { bytes } = await client.pullManifest(repository, cosignTag(image));
    const kept: Uint8Array[] = [];
    for (const { descriptor, signature } of cosignLayers(bytes, where).slice(0, MOST)) {
      if (descriptor.size > PAYLOAD_LIMIT) continue;
      kept.push(keptSignature(await client.pullBlob(repository, descriptor), signature));
    }
    return kept;
  } catch (error) {
    if (isHeddleError(error) && error.code === "ARTIFACT_UNKNOWN") return [];
    throw error instanceof HeddleError ? error : new HeddleError("SIGNATURE_INVALID", String(error), { where });
  }
}
