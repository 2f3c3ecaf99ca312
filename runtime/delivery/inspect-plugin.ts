import { checkBundle } from "../artifact/bundle.ts";
import { sha256 } from "../artifact/digest.ts";
import type { ForeignImage } from "../artifact/foreign-image.ts";
import type { Manifest } from "../artifact/manifest.ts";
import type { Reference } from "../artifact/reference.ts";
import { decodeJson } from "../artifact/schema.ts";
import { checkStatement } from "../artifact/statement.ts";
import { isHeddleError } from "../errors.ts";
import { type Anatomy, anatomyOf } from "../wasm/anatomy.ts";
import { compilePlugin } from "../wasm/plugin.ts";
import { pullBundles } from "./fetch.ts";
import { foreignManifest, versionOf } from "./foreign-plugin.ts";
import { isKeptSignature, pullCosign } from "./kept-signature.ts";
import type { OciClient } from "./oci/client.ts";
import { readBundleFile, readComponentFile, readPluginFile } from "./plugin-file.ts";
import { type PulledForeign, pullForeign } from "./pull-foreign.ts";
import { pullPlugin } from "./pull-plugin.ts";

/** What a plugin says and what its component shows. Nothing in it is proof of who made it. */
export interface Inspection {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly description: string | undefined;
  /** Of the image manifest. */
  readonly digest: string | undefined;
  /** Digest of the component. */
  readonly component: string;
  /** Bytes of the component. */
  readonly size: number;
  /** What the component exports and imports, read from the component itself. */
  readonly hooks: readonly string[];
  readonly capabilities: readonly string[];
  /** Its core modules, the filter's own first; none when it is refused. */
  readonly modules: readonly Anatomy[];
  /** Why a proxy would refuse it; undefined when it would not for what its bytes are. */
  readonly refusal: string | undefined;
  /** Fields of the configuration's schema; a required one ends in `*`. */
  readonly config: readonly string[];
  /** Unverified. */
  readonly signatures: readonly { readonly key: string; readonly says: string }[];
  /** Of another mesh's image. */
  readonly foreign?: { readonly layout: string; readonly rootId: string | undefined };
}

export async function inspectReference(client: OciClient, reference: Reference): Promise<Inspection> {
  const foreign = await pullForeign(client, reference);
  if (foreign !== undefined) return inspectForeign(client, foreign);
  const { artifact, repository } = await pullPlugin(client, reference);
  const { bundles } = await pullBundles(client, repository, artifact.digest);
  return inspection(artifact.layer, artifact, bundles);
}

async function inspectForeign(client: OciClient, pulled: PulledForeign): Promise<Inspection> {
  const { image, module, rootId, digest, repository, where } = pulled;
  const kept: Uint8Array[] = [];
  for await (const { bundles } of pullCosign(client, repository, digest)) kept.push(...bundles);
  const found = await inspection(module, { digest, manifest: manifestOf(module, repository, image, where) }, kept);
  return { ...found, foreign: { layout: image.layout, rootId } };
}

/** Undefined for a module that is refused: why, its judge says. */
function manifestOf(module: Uint8Array, name: string, image: ForeignImage, where: string): Manifest | undefined {
  try {
    return foreignManifest(module, { name, version: versionOf(image), where });
  } catch (error) {
    return absent(error);
  }
}

/** The manifest and signature beside the file are shown if they are there. */
export async function inspectFile(path: string): Promise<Inspection> {
  const component = await readComponentFile(path);
  const artifact = await readPluginFile(path).catch(absent);
  const bundle = await readBundleFile(path).catch(absent);
  return inspection(component, artifact, bundle === undefined ? [] : [bundle]);
}

async function inspection(
  component: Uint8Array,
  artifact: { readonly digest: string; readonly manifest: Manifest | undefined } | undefined,
  bundles: readonly Uint8Array[],
): Promise<Inspection> {
  const { hooks, capabilities, modules, refusal } = await judged(component);
  const { manifest } = artifact ?? {};
  return {
    name: manifest?.name,
    version: manifest?.version,
    description: manifest?.description,
    digest: artifact?.digest,
    component: sha256(component),
    size: component.byteLength,
    hooks,
    capabilities,
    modules,
    refusal,
    config: manifest === undefined ? [] : fieldsOf(manifest),
    signatures: bundles.map(signatureOf),
  };
}

type Judged = Pick<Inspection, "hooks" | "capabilities" | "modules" | "refusal">;

async function judged(component: Uint8Array): Promise<Judged> {
  try {
    const modules = anatomyOf(component);
    const { hooks, capabilities } = await compilePlugin(component);
    return { hooks, capabilities, modules, refusal: undefined };
  } catch (error) {
    if (!isHeddleError(error) || error.code.startsWith("ARTIFACT_")) throw error;
    return { hooks: [], capabilities: [], modules: [], refusal: error.describe() };
  }
}

function fieldsOf({ configSchema }: Manifest): string[] {
  const { properties = {}, required = [] } = (configSchema ?? {}) as { properties?: object; required?: string[] };
  return Object.keys(properties).map((name) => (required.includes(name) ? `${name}*` : name));
}

function signatureOf(bytes: Uint8Array): { key: string; says: string } {
  if (isKeptSignature(bytes)) return { key: "a key without a hint", says: "cosign's tag" };
  try {
    const { verificationMaterial, dsseEnvelope } = checkBundle(decodeJson(bytes, "SIGNATURE_INVALID"));
    const statement = checkStatement(decodeJson(Buffer.from(dsseEnvelope.payload, "base64"), "SIGNATURE_INVALID"));
    return { key: verificationMaterial.publicKey.hint ?? "a key without a hint", says: statement.predicateType };
  } catch (error) {
    return { key: "nobody", says: isHeddleError(error) ? error.code : "unreadable" };
  }
}

function absent(error: unknown): undefined {
  if (!isHeddleError(error)) throw error;
}
