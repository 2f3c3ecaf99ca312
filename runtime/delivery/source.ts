import { setTimeout as wait } from "node:timers/promises";
import { type Digest, verifyDigest } from "../artifact/digest.ts";
import { HeddleError } from "../errors.ts";
import type { Cache } from "./cache.ts";
import { type PulledBundles, pullBundles } from "./fetch.ts";
import { pullCosign } from "./kept-signature.ts";
import type { LastGood } from "./last-good.ts";
import type { OciClient } from "./oci/client.ts";
import type { Target } from "./order.ts";
import { readBundleFile, readPluginFile, readSourceMapFile } from "./plugin-file.ts";
import { pullSourceMap } from "./source-maps.ts";

/** Where the parts of one plugin come from. Everything it returns by digest has been hashed. */
export interface PartSource {
  readonly where: string;
  image(): Promise<{ readonly bytes: Uint8Array; readonly digest: Digest }>;
  /** Sets of signature bundles, nearest first; the next set is fetched only when the last one did not do. */
  bundles(): AsyncIterable<PulledBundles>;
  /** The same of cosign's signatures: bundles, and the tag form as `keptSignature` writes it. None of a file. */
  cosign(): AsyncIterable<PulledBundles>;
  /** One of the images that an index names. */
  manifest(descriptor: { digest: Digest }): Promise<Uint8Array>;
  blob(descriptor: { digest: Digest; size: number }): Promise<Uint8Array>;
  /** Undefined when there is none, or none within a short while. Never rejects. Nobody has vouched for it. */
  sourceMap(): Promise<Uint8Array | undefined>;
}

export interface RegistrySourceOptions {
  readonly client: OciClient | undefined;
  readonly cache: Cache;
  readonly target: Extract<Target, { kind: "registry" }>;
  /** What ran before under the same document; of use when it is the same manifest. */
  readonly lastGood: LastGood | undefined;
}

/** Milliseconds: a source map is worth a short wait only. */
const SOURCE_MAP_WAIT = 2_000;

/** The cache first, by digest; then the registry. */
export function registrySource({ client, cache, target, lastGood }: RegistrySourceOptions): PartSource {
  const { repository, manifest } = target;
  const where = `${repository}@${manifest}`;
  const known = lastGood?.manifest === manifest ? lastGood : undefined;
  const keptBundles = async () => {
    const kept = await Promise.all((known?.bundles ?? []).map((digest) => cache.load(digest)));
    return kept.filter((bytes) => bytes !== undefined);
  };
  const online = (): OciClient => {
    if (client !== undefined) return client;
    throw new HeddleError("REGISTRY_UNREACHABLE", "expected a registry to pull from, none is configured", {
      where,
      remedy: "Start the proxy with --registry URL.",
    });
  };
  return {
    where,
    async image() {
      const bytes = (await cache.load(manifest)) ?? (await online().pullManifest(repository, manifest)).bytes;
      return { bytes, digest: manifest };
    },
    async *bundles() {
      const bundles = await keptBundles();
      if (bundles.length > 0) yield { bundles, failures: [] };
      yield await pullBundles(online(), repository, manifest);
    },
    async *cosign() {
      const bundles = await keptBundles();
      if (bundles.length > 0) yield { bundles, failures: [] };
      yield* pullCosign(online(), repository, manifest);
    },
    async manifest({ digest }) {
      return (await cache.load(digest)) ?? (await online().pullManifest(repository, digest)).bytes;
    },
    async blob(descriptor) {
      return (await cache.load(descriptor.digest)) ?? online().pullBlob(repository, descriptor);
    },
    async sourceMap() {
      const kept = known?.sourceMap ? await cache.load(known.sourceMap) : undefined;
      if (kept !== undefined || client === undefined) return kept;
      return Promise.race([pullSourceMap(client, repository, manifest), after(SOURCE_MAP_WAIT)]);
    },
  };
}

async function after(milliseconds: number): Promise<undefined> {
  await wait(milliseconds, undefined, { ref: false });
}

/** A component on disk and the files beside it, see `plugin-file.ts`. */
export async function fileSource({ path, digest }: Extract<Target, { kind: "file" }>): Promise<PartSource> {
  const artifact = await readPluginFile(path);
  if (digest !== undefined) verifyDigest(artifact.layer, digest, path);
  const blobs = new Map([
    [artifact.configDigest, artifact.config],
    [artifact.layerDigest, artifact.layer],
  ]);
  const absent = async ({ digest }: { digest: Digest }): Promise<never> => {
    throw new HeddleError("ARTIFACT_UNKNOWN", `expected ${digest} to be part of the file`, { where: path });
  };
  return {
    where: path,
    image: async () => ({ bytes: artifact.imageManifest, digest: artifact.digest }),
    async *bundles() {
      yield { bundles: [await readBundleFile(path)], failures: [] };
    },
    async *cosign() {},
    manifest: absent,
    sourceMap: () => readSourceMapFile(path),
    blob: async (descriptor) => blobs.get(descriptor.digest) ?? absent(descriptor),
  };
}
