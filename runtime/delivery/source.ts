import { readFile, stat } from "node:fs/promises";
import { BUNDLE_LIMIT } from "../artifact/bundle.ts";
import { type Digest, verifyDigest } from "../artifact/digest.ts";
import { layOutPlugin, MANIFEST_LIMIT, MODULE_LIMIT } from "../artifact/layout.ts";
import { parseManifest } from "../artifact/manifest.ts";
import { decodeJson } from "../artifact/schema.ts";
import { type Code, HeddleError, messageOf } from "../errors.ts";
import type { Cache } from "./cache.ts";
import { type PulledBundles, pullBundles } from "./fetch.ts";
import type { OciClient } from "./oci/client.ts";
import type { Target } from "./order.ts";

/** Where the parts of one plugin come from. Everything it returns by digest has been hashed. */
export interface PartSource {
  readonly where: string;
  image(): Promise<{ readonly bytes: Uint8Array; readonly digest: Digest }>;
  /** Sets of signature bundles, nearest first; the next set is fetched only when the last one did not do. */
  bundles(): AsyncIterable<PulledBundles>;
  blob(descriptor: { digest: Digest; size: number }): Promise<Uint8Array>;
}

export interface RegistrySourceOptions {
  readonly client: OciClient | undefined;
  readonly cache: Cache;
  readonly target: Extract<Target, { kind: "registry" }>;
  /** Bundles that verified this manifest before. */
  readonly knownBundles: readonly Digest[];
}

/** The cache first, by digest; then the registry. */
export function registrySource({ client, cache, target, knownBundles }: RegistrySourceOptions): PartSource {
  const { repository, manifest } = target;
  const where = `${repository}@${manifest}`;
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
      const known = await Promise.all(knownBundles.map((digest) => cache.load(digest)));
      const bundles = known.filter((bytes) => bytes !== undefined);
      if (bundles.length > 0) yield { bundles, failures: [] };
      yield await pullBundles(online(), repository, manifest);
    },
    async blob(descriptor) {
      return (await cache.load(descriptor.digest)) ?? online().pullBlob(repository, descriptor);
    },
  };
}

/**
 * A component on disk with what `heddle build` and `heddle sign` put beside it: `<stem>.manifest.json` and
 * `<stem>.sigstore.json`. Its image manifest is made here; the same parts always give the same one.
 */
export async function fileSource(target: Extract<Target, { kind: "file" }>): Promise<PartSource> {
  const { path } = target;
  const beside = partsBeside(path);
  const component = await readLimited(path, MODULE_LIMIT, "ARTIFACT_UNKNOWN");
  if (target.digest !== undefined) verifyDigest(component, target.digest, path);
  const text = await readLimited(beside.manifest, MANIFEST_LIMIT, "MANIFEST_INVALID");
  const manifest = parseManifest(decodeJson(text, "MANIFEST_INVALID", beside.manifest), beside.manifest);
  const artifact = layOutPlugin({ manifest, component });
  const blobs = new Map([
    [artifact.configDigest, artifact.config],
    [artifact.layerDigest, artifact.layer],
  ]);
  return {
    where: path,
    image: async () => ({ bytes: artifact.imageManifest, digest: artifact.digest }),
    async *bundles() {
      yield { bundles: [await readLimited(beside.bundle, BUNDLE_LIMIT, "SIGNATURE_MISSING")], failures: [] };
    },
    async blob({ digest }) {
      const bytes = blobs.get(digest);
      if (bytes !== undefined) return bytes;
      throw new HeddleError("ARTIFACT_UNKNOWN", `expected ${digest} to be part of the file`, { where: path });
    },
  };
}

/** Changes whenever a file of the component does; empty while the component is absent. */
export async function fingerprint(path: string): Promise<string> {
  const files = partsBeside(path);
  const stats = await Promise.all(
    [path, files.manifest, files.bundle].map((file) => stat(file).catch(() => undefined)),
  );
  return stats.map((found) => (found === undefined ? "" : `${found.ino}:${found.size}:${found.mtimeMs}`)).join(" ");
}

function partsBeside(path: string): { manifest: string; bundle: string } {
  const stem = path.replace(/\.wasm$/, "");
  return { manifest: `${stem}.manifest.json`, bundle: `${stem}.sigstore.json` };
}

async function readLimited(path: string, limit: number, absent: Code): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size <= limit) return await readFile(path);
    throw new HeddleError("ARTIFACT_TOO_LARGE", `expected at most ${limit} bytes, got ${size}`, { where: path });
  } catch (cause) {
    if (cause instanceof HeddleError) throw cause;
    throw new HeddleError(absent, `could not read the file: ${messageOf(cause)}`, { where: path, cause });
  }
}
