/** What a manifest has to be before the registry takes it. Signatures are recorded, never asked for: proxies judge them. */

import { BUNDLE_LIMIT, checkBundle } from "../artifact/bundle.ts";
import { DESCRIPTOR_SCHEMA, type Descriptor } from "../artifact/descriptor.ts";
import { type Digest, sha256 } from "../artifact/digest.ts";
import { assertWasm, parseImageManifest, parsePluginConfig } from "../artifact/layout.ts";
import { BUNDLE, IMAGE_INDEX, IMAGE_MANIFEST, WASM_CONFIG } from "../artifact/media-types.ts";
import { compileSchema, decodeJson, SEMVER } from "../artifact/schema.ts";
import { HeddleError } from "../errors.ts";
import type { RegistryContext } from "./context.ts";
import { OciFailure } from "./failure.ts";
import type { NewManifest, SignatureClaim } from "./store/content-store.ts";

interface Document {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: Descriptor;
  readonly layers?: readonly (Descriptor & { urls?: readonly string[] })[];
  readonly manifests?: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

const FIELDS = {
  schemaVersion: { const: 2 },
  mediaType: { type: "string" },
  artifactType: { type: "string", maxLength: 255 },
  subject: DESCRIPTOR_SCHEMA,
  annotations: { type: "object", additionalProperties: { type: "string" } },
};
const list = { type: "array", maxItems: 10_000, items: DESCRIPTOR_SCHEMA };

const checks: Record<string, (value: unknown) => Document> = {
  [IMAGE_MANIFEST]: compileSchema<Document>(
    {
      type: "object",
      required: ["schemaVersion", "config", "layers"],
      properties: { ...FIELDS, config: DESCRIPTOR_SCHEMA, layers: list },
    },
    "The manifest",
    "MANIFEST_INVALID",
  ),
  [IMAGE_INDEX]: compileSchema<Document>(
    { type: "object", required: ["schemaVersion", "manifests"], properties: { ...FIELDS, manifests: list } },
    "The index",
    "MANIFEST_INVALID",
  ),
};

const SEMANTIC_VERSION = new RegExp(SEMVER);

/** A tag that is a semantic version names one content for ever. */
export function isVersionTag(tag: string): boolean {
  return SEMANTIC_VERSION.test(tag);
}

export interface Candidate {
  readonly repository: string;
  readonly bytes: Uint8Array;
  /** From Content-Type, without parameters. */
  readonly mediaType: string;
  readonly tag: string | undefined;
}

/** Throws OciFailure or HeddleError; returns what to store. */
export async function admit(context: RegistryContext, candidate: Candidate): Promise<NewManifest> {
  const { repository, bytes, mediaType, tag } = candidate;
  const document = readDocument(bytes, mediaType);
  const children = assertChildren(context, repository, document);
  if (document.config?.mediaType === WASM_CONFIG) await assertPlugin(context, bytes, tag);
  return {
    digest: sha256(bytes),
    mediaType,
    bytes,
    artifactType: document.artifactType ?? document.config?.mediaType,
    subject: document.subject?.digest,
    annotations: document.annotations,
    children,
    signature: await signatureIn(context, document, tag),
  };
}

function readDocument(bytes: Uint8Array, mediaType: string): Document {
  const check = Object.hasOwn(checks, mediaType) ? checks[mediaType] : undefined;
  if (check === undefined) {
    const known = Object.keys(checks).join(" or ");
    throw new OciFailure(400, "MANIFEST_INVALID", `Expected the Content-Type ${known}, got '${mediaType}'.`);
  }
  const document = check(decodeJson(bytes, "MANIFEST_INVALID"));
  if (document.mediaType === undefined || document.mediaType === mediaType) return document;
  throw new OciFailure(400, "MANIFEST_INVALID", `Content-Type is ${mediaType}, mediaType is ${document.mediaType}.`);
}

/** Everything that it points to is here, with the size it says; except foreign layers, and the subject. */
function assertChildren({ content }: RegistryContext, repository: string, document: Document): Digest[] {
  const blobs = [
    ...(document.config ? [document.config] : []),
    ...(document.layers ?? []).filter((l) => !isForeign(l)),
  ];
  for (const { digest, size } of blobs) {
    const actual = content.blobSize(repository, digest);
    if (actual === undefined) throw missing("blob", digest);
    if (actual !== size) {
      throw new OciFailure(400, "SIZE_INVALID", `The manifest gives ${digest} ${size} bytes; it has ${actual}.`);
    }
  }
  const manifests = (document.manifests ?? []).map(({ digest }) => digest);
  for (const digest of manifests) if (!content.hasManifest(repository, digest)) throw missing("manifest", digest);
  return [...blobs.map(({ digest }) => digest), ...manifests];
}

function isForeign({ mediaType, urls }: { mediaType: string; urls?: readonly string[] }): boolean {
  return mediaType.includes(".nondistributable.") || (urls !== undefined && urls.length > 0);
}

/** A component in the CNCF layout; with our manifest inside, that is checked as well. */
async function assertPlugin({ blobs }: RegistryContext, bytes: Uint8Array, tag: string | undefined): Promise<void> {
  const layout = parseImageManifest(bytes);
  assertWasm(await blobs.readAll(layout.layer.digest));
  const config = await blobs.readAll(layout.config.digest);
  const document = decodeJson(config, "MANIFEST_INVALID") as { heddle?: unknown; layerDigests?: unknown } | null;
  if (document?.heddle === undefined) return;
  const { version } = parsePluginConfig(config, layout);
  if (tag === undefined || !isVersionTag(tag) || tag === version) return;
  throw new HeddleError("MANIFEST_INVALID", `The plugin is version ${version}, the tag says ${tag}.`);
}

const COSIGN_TAG = /^sha256-([0-9a-f]{64})\.sig$/;

/** What it claims about what it signs and who signed, for people to see. A malformed one is stored and claims less. */
async function signatureIn(
  { blobs }: RegistryContext,
  { layers, subject }: Document,
  tag: string | undefined,
): Promise<SignatureClaim | undefined> {
  const cosign = COSIGN_TAG.exec(tag ?? "")?.[1];
  if (cosign !== undefined) return { kind: "cosign", subject: `sha256:${cosign}` };
  const layer = layers?.[0];
  if (subject === undefined || layer?.mediaType !== BUNDLE) return undefined;
  const claim = { kind: "bundle", subject: subject.digest } as const;
  if (layer.size > BUNDLE_LIMIT) return claim;
  try {
    const bundle = checkBundle(decodeJson(await blobs.readAll(layer.digest), "SIGNATURE_INVALID"));
    return { ...claim, hint: bundle.verificationMaterial.publicKey.hint };
  } catch {
    return claim;
  }
}

function missing(what: string, digest: Digest): OciFailure {
  return new OciFailure(400, "MANIFEST_BLOB_UNKNOWN", `The repository has no ${what} ${digest}.`, {
    detail: { digest },
  });
}
