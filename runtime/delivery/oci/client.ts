import type { Descriptor } from "../../artifact/descriptor.ts";
import { type Digest, isDigest, sha256, verifyDigest } from "../../artifact/digest.ts";
import { MANIFEST_LIMIT } from "../../artifact/layout.ts";
import { compileSchema, decodeJson } from "../../artifact/schema.ts";
import { HeddleError } from "../../errors.ts";
import { ACCEPT_MANIFESTS, ANSWER_LIMIT, ENTRIES_LIMIT, expect, nextPage, PAGES_LIMIT } from "./answers.ts";
import type { Credentials } from "./authorize.ts";
import { parseRegistryUrl } from "./origin.ts";
import { readReferrers, recordReferrer } from "./referrers.ts";
import { createTransport, type Reply, type Transport } from "./transport.ts";

/** A manifest as it was pushed, with the digest that we computed ourselves. */
export interface PulledManifest {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly mediaType: string;
}

/**
 * An OCI distribution v1.1 client for one registry. What it pulls by digest has been hashed here: no header is trusted.
 * Throws REGISTRY_UNREACHABLE, REGISTRY_DENIED, REGISTRY_PROTOCOL, ARTIFACT_UNKNOWN, ARTIFACT_TOO_LARGE,
 * ARTIFACT_TRUNCATED, DIGEST_MISMATCH.
 */
export interface OciClient {
  readonly url: string;
  /** By tag or digest; at most 4 MiB. */
  pullManifest(repository: string, reference: string): Promise<PulledManifest>;
  /** Reads no further than one byte beyond `size`. */
  pullBlob(repository: string, blob: { digest: Digest; size: number }): Promise<Uint8Array>;
  /** Sends the blob unless the repository already has it. */
  pushBlob(repository: string, bytes: Uint8Array): Promise<Digest>;
  /** `reference` is a tag; without it the manifest is known by its digest alone. */
  pushManifest(repository: string, manifest: { bytes: Uint8Array; mediaType: string; tag?: string }): Promise<Digest>;
  /** What refers to a manifest as its subject; by the API, or by the fallback tag of a registry without it. */
  referrers(repository: string, digest: Digest, artifactType?: string): Promise<Descriptor[]>;
  tags(repository: string): Promise<string[]>;
  close(): Promise<void>;
}

export interface OciClientOptions extends Credentials {
  /** `https://host[:port]`; plain http to loopback hosts, elsewhere with `insecure` only. */
  readonly url: string;
  readonly insecure?: boolean;
  /** Milliseconds until headers arrive, and between two pieces of a body. */
  readonly idleTimeout?: number;
  /** Milliseconds for one whole exchange. */
  readonly totalTimeout?: number;
}

const OCTETS = { "content-type": "application/octet-stream" };

const checkTags = compileSchema<{ tags: string[] | null }>(
  {
    type: "object",
    required: ["tags"],
    properties: { tags: { type: ["array", "null"], maxItems: ENTRIES_LIMIT, items: { type: "string" } } },
  },
  "The list of tags",
  "REGISTRY_PROTOCOL",
);

export function createOciClient(options: OciClientOptions): OciClient {
  const origin = parseRegistryUrl(options.url, options.insecure);
  const transport = createTransport({ ...options, origin, credentials: options });
  return {
    url: origin.origin,
    pullManifest: (repository, reference) => pullManifest(transport, repository, reference),
    pullBlob: (repository, blob) => pullBlob(transport, repository, blob),
    pushBlob: (repository, bytes) => pushBlob(transport, repository, bytes),
    pushManifest: (repository, manifest) => pushManifest(transport, repository, manifest),
    referrers: (repository, digest, type) => readReferrers(transport, repository, digest, type),
    tags: (repository) => tags(transport, repository),
    close: () => transport.close(),
  };
}

async function pullManifest(transport: Transport, repository: string, reference: string): Promise<PulledManifest> {
  const path = `/v2/${repository}/manifests/${reference}`;
  const reply = await transport.fetch(path, { method: "GET", headers: ACCEPT_MANIFESTS, limit: MANIFEST_LIMIT });
  expect(reply, [200], `${repository} ${reference}`);
  if (isDigest(reference)) verifyDigest(reply.body, reference, reply.where);
  const mediaType = reply.header("content-type")?.split(";")[0]?.trim() ?? "";
  return { bytes: reply.body, digest: sha256(reply.body), mediaType };
}

async function pullBlob(
  transport: Transport,
  repository: string,
  { digest, size }: { digest: Digest; size: number },
): Promise<Uint8Array> {
  const reply = await transport.fetch(`/v2/${repository}/blobs/${digest}`, { method: "GET", limit: size });
  expect(reply, [200], `${repository} ${digest}`);
  if (reply.body.byteLength < size) {
    throw new HeddleError("ARTIFACT_TRUNCATED", `expected ${size} bytes, got ${reply.body.byteLength}`, {
      where: reply.where,
    });
  }
  verifyDigest(reply.body, digest, reply.where);
  return reply.body;
}

async function pushBlob(transport: Transport, repository: string, bytes: Uint8Array): Promise<Digest> {
  const digest = sha256(bytes);
  const known = await transport.fetch(`/v2/${repository}/blobs/${digest}`, { method: "HEAD", limit: 0 });
  if (known.status === 200) return digest;
  const opened = await transport.fetch(`/v2/${repository}/blobs/uploads/`, {
    method: "POST",
    body: new Uint8Array(0),
    limit: ANSWER_LIMIT,
  });
  expect(opened, [202], repository);
  const location = opened.header("location") ?? "";
  const target = `${location}${location.includes("?") ? "&" : "?"}digest=${encodeURIComponent(digest)}`;
  const stored = await transport.fetch(target, { method: "PUT", headers: OCTETS, body: bytes, limit: ANSWER_LIMIT });
  expect(stored, [201], repository);
  return digest;
}

async function pushManifest(
  transport: Transport,
  repository: string,
  { bytes, mediaType, tag }: { bytes: Uint8Array; mediaType: string; tag?: string },
): Promise<Digest> {
  const digest = sha256(bytes);
  const path = `/v2/${repository}/manifests/${tag ?? digest}`;
  const headers = { "content-type": mediaType };
  const reply = await transport.fetch(path, { method: "PUT", headers, body: bytes, limit: ANSWER_LIMIT });
  if (reply.status === 409 || reply.status === 412) {
    throw new HeddleError("TAG_IMMUTABLE", `expected ${repository}:${tag} to be free, it exists with other content`, {
      where: reply.where,
    });
  }
  expect(reply, [201], repository);
  const knowsSubject = reply.header("oci-subject") !== undefined;
  if (!knowsSubject) await recordReferrer(transport, repository, { bytes, mediaType });
  return digest;
}

async function tags(transport: Transport, repository: string): Promise<string[]> {
  const found: string[] = [];
  let path: string | undefined = `/v2/${repository}/tags/list`;
  for (let page = 0; path !== undefined && page < PAGES_LIMIT && found.length < ENTRIES_LIMIT; page += 1) {
    const reply: Reply = await transport.fetch(path, { method: "GET", limit: MANIFEST_LIMIT });
    expect(reply, [200], repository);
    found.push(...(checkTags(decodeJson(reply.body, "REGISTRY_PROTOCOL", reply.where), reply.where).tags ?? []));
    path = nextPage(reply);
  }
  return found;
}
