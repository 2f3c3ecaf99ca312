import { bundleReferrer, COSIGN_PREDICATE, signStatement } from "../../runtime/artifact/bundle.ts";
import { signCosign } from "../../runtime/artifact/cosign.ts";
import { describe, jsonBytes } from "../../runtime/artifact/descriptor.ts";
import { type Digest, hexOf, sha256 } from "../../runtime/artifact/digest.ts";
import type { SigningKey } from "../../runtime/artifact/keys.ts";
import * as types from "../../runtime/artifact/media-types.ts";
import { STATEMENT_TYPE, type Statement } from "../../runtime/artifact/statement.ts";
import type { PluginBinding } from "../../runtime/config/snapshot.ts";
import type { OciClient } from "../../runtime/delivery/oci/client.ts";
import { createFakeExchange } from "../../runtime/workbench/fake-exchange.ts";
import { gzippedArchive } from "../artifact/archives.ts";
import { filterModule } from "../wasm/proxy-wasm/filters.ts";
import { scripted } from "../wasm/proxy-wasm/script.ts";
import { type LocalDelivery, PLUGIN, REPOSITORY } from "./harness.ts";

const label = scripted({
  proxy_on_response_headers: { steps: [["proxy_add_header_map_value", 2, "x-label", "foreign"]] },
});
export const foreignModule = filterModule(label);
const archive = gzippedArchive([
  { name: "runtime-config.json", bytes: Buffer.from("{}") },
  { name: "plugin.wasm", bytes: foreignModule },
]);

export interface ForeignSample {
  readonly manifestType?: string;
  readonly config: readonly [type: string, value: object];
  readonly layers: readonly (readonly [type: string, bytes: Uint8Array])[];
  readonly annotations?: Readonly<Record<string, string>>;
}

export const EMPTY_LAYER = [types.IMAGE_LAYER, gzippedArchive([{ name: "etc/" }])] as const;
export const LAYOUTS = {
  "Istio's, of OCI": { config: [types.IMAGE_CONFIG, {}], layers: [EMPTY_LAYER, [types.IMAGE_LAYER, archive]] },
  "Istio's, of Docker": {
    manifestType: types.DOCKER_MANIFEST,
    config: [types.DOCKER_CONFIG, {}],
    layers: [[types.DOCKER_LAYER, archive]],
  },
  "solo.io's": {
    config: [types.MODULE_CONFIG, { type: "envoy_proxy", abiVersions: ["v0-2-1"] }],
    layers: [[types.MODULE_LAYER, foreignModule]],
  },
  "the CNCF's": {
    config: [types.WASM_CONFIG, { architecture: "wasm", os: "wasip1", layerDigests: [sha256(foreignModule)] }],
    layers: [[types.WASM_LAYER, foreignModule]],
  },
} as const satisfies Readonly<Record<string, ForeignSample>>;

type Registry = Pick<OciClient, "pushBlob" | "pushManifest">;

/** Pushes an image as other tools do, signed by cosign unless there is no key. */
export async function pushForeign(
  client: Registry,
  { manifestType: mediaType = types.IMAGE_MANIFEST, annotations, ...image }: ForeignSample,
  key: SigningKey | undefined,
): Promise<Digest> {
  const config = jsonBytes(image.config[1]);
  const blobs = [config, ...image.layers.map(([, bytes]) => bytes)];
  for (const bytes of blobs) await client.pushBlob(REPOSITORY, bytes);
  const layers = image.layers.map(([type, bytes]) => describe(type, bytes));
  const bytes = jsonBytes({
    schemaVersion: 2,
    ...{ mediaType, config: describe(image.config[0], config), layers },
    ...(annotations && { annotations }),
  });
  const digest = await client.pushManifest(REPOSITORY, { bytes, mediaType });
  if (key !== undefined) await signForeign(client, digest, key);
  return digest;
}

/** As `cosign sign` does without bundles. */
export async function signForeign(client: Registry, image: Digest, key: SigningKey, says = image): Promise<void> {
  const signed = signCosign({ reference: `registry/${REPOSITORY}`, manifestDigest: says, key });
  for (const { bytes } of signed.blobs) await client.pushBlob(REPOSITORY, bytes);
  const tag = `sha256-${image.slice("sha256:".length)}.sig`;
  await client.pushManifest(REPOSITORY, { bytes: signed.imageManifest, mediaType: types.IMAGE_MANIFEST, tag });
}

/** Any statement about an image, as a bundle that refers to it. */
export async function bundleForeign(
  client: Registry,
  image: Digest,
  key: SigningKey,
  { predicateType = COSIGN_PREDICATE, says = image }: { predicateType?: string; says?: Digest } = {},
): Promise<void> {
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [{ digest: { sha256: hexOf(says) } }],
    predicateType,
    predicate: {},
  };
  const bundle = signStatement(statement as Statement, key);
  const subject = { mediaType: types.IMAGE_MANIFEST, digest: image, size: 1 };
  const referrer = bundleReferrer({ bundle, subject, predicateType, created: "1970-01-01T00:00:00Z" });
  for (const { bytes } of referrer.blobs) await client.pushBlob(REPOSITORY, bytes);
  await client.pushManifest(REPOSITORY, { bytes: referrer.imageManifest, mediaType: types.IMAGE_MANIFEST });
}

export interface IndexEntry {
  readonly digest: Digest;
  readonly platform?: { readonly architecture: string; readonly os: string };
  readonly annotations?: Readonly<Record<string, string>>;
  /** @default 700, which nobody looks at but registries */
  readonly size?: number;
}

/** An index of images that are there. */
export function indexOf(entries: readonly IndexEntry[], mediaType: string = types.IMAGE_INDEX): Uint8Array {
  const manifests = entries.map((entry) => ({ mediaType: types.IMAGE_MANIFEST, size: 700, ...entry }));
  return jsonBytes({ schemaVersion: 2, mediaType, manifests });
}

export const pinned = (digest: Digest, changes: Partial<PluginBinding> = {}): Partial<PluginBinding> => ({
  source: { kind: "digest", repository: REPOSITORY, digest },
  config: "{}",
  ...changes,
});

/** What the filter that serves puts on a response. */
export function foreignLabelOf(delivery: LocalDelivery): string | undefined {
  const exchange = createFakeExchange({});
  exchange.response.status = 200;
  delivery.slot(PLUGIN)?.current?.onResponse(exchange);
  return exchange.response.fields.get("x-label");
}
