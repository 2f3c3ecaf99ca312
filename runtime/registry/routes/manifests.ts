/** Manifests: PUT, GET, HEAD, DELETE by tag and digest (endpoints 3, 7, 9). */

import type { FastifyReply } from "fastify";
import { type Digest, sha256 } from "../../artifact/digest.ts";
import { MANIFEST_LIMIT } from "../../artifact/layout.ts";
import { HeddleError } from "../../errors.ts";
import { admit, isVersionTag } from "../admission.ts";
import { OciFailure } from "../failure.ts";
import type { StoredManifest } from "../store/content-store.ts";
import { bodyOf, type Handlers, type OciExchange } from "./exchange.ts";

export const manifestHandlers: Handlers<"manifest"> = {
  GET: (exchange) => {
    const manifest = find(exchange);
    return describeManifest(exchange, manifest).send(Buffer.from(manifest.bytes));
  },
  HEAD: (exchange) => {
    const manifest = find(exchange);
    return describeManifest(exchange, manifest).header("content-length", manifest.bytes.byteLength).send();
  },
  PUT: putManifest,
  DELETE: deleteManifest,
};

async function putManifest({ context, request, reply, target }: OciExchange<"manifest">): Promise<FastifyReply> {
  const { repository, reference } = target;
  const bytes = await readBody(bodyOf(request));
  const tag = "tag" in reference ? reference.tag : undefined;
  assertNamed(bytes, reference);
  const mediaType = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim() ?? "";
  const manifest = await admit(context, { repository, bytes, mediaType, tag });
  context.content.putManifest(
    repository,
    manifest,
    tag === undefined ? undefined : { name: tag, immutable: isVersionTag(tag) },
  );
  if (manifest.subject !== undefined) reply.header("oci-subject", manifest.subject);
  return reply
    .code(201)
    .header("location", `/v2/${repository}/manifests/${tag ?? manifest.digest}`)
    .header("docker-content-digest", manifest.digest)
    .send();
}

function assertNamed(bytes: Uint8Array, reference: { digest: Digest } | { tag: string }): void {
  const actual = sha256(bytes);
  if (!("digest" in reference) || reference.digest === actual) return;
  throw new OciFailure(400, "DIGEST_INVALID", `Expected ${reference.digest}, the bytes hash to ${actual}.`);
}

function deleteManifest({ context, reply, target }: OciExchange<"manifest">): FastifyReply {
  const { repository, reference } = target;
  assertDeletable(context.content, target);
  const deleted =
    "tag" in reference
      ? context.content.deleteTag(repository, reference.tag)
      : context.content.deleteManifest(repository, reference.digest);
  if (!deleted) throw unknownManifest();
  return reply.code(202).send();
}

/** A version that could be deleted could be pushed again as something else. */
function assertDeletable(
  content: OciExchange<"manifest">["context"]["content"],
  { repository, reference }: OciExchange<"manifest">["target"],
): void {
  const tags = "tag" in reference ? [reference.tag] : content.tagsOf(repository, reference.digest);
  const version = tags.find(isVersionTag);
  if (version !== undefined && content.manifest(repository, { tag: version }) !== undefined) {
    throw new HeddleError("TAG_IMMUTABLE", `The version ${version} is published and stays.`);
  }
  if ("digest" in reference && content.isReferenced(repository, reference.digest)) {
    throw new OciFailure(409, "DENIED", "An index of this repository needs the manifest; delete the index first.");
  }
}

function find({ context, target }: OciExchange<"manifest">): StoredManifest {
  const manifest = context.content.manifest(target.repository, target.reference);
  if (manifest === undefined) throw unknownManifest();
  return manifest;
}

function describeManifest({ reply, target }: OciExchange<"manifest">, manifest: StoredManifest): FastifyReply {
  const caching = "digest" in target.reference ? "public, max-age=31536000, immutable" : "no-cache";
  return reply
    .header("content-type", manifest.mediaType)
    .header("docker-content-digest", manifest.digest)
    .header("etag", `"${manifest.digest}"`)
    .header("cache-control", caching);
}

async function readBody(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.byteLength;
    if (size > MANIFEST_LIMIT) {
      throw new OciFailure(413, "SIZE_INVALID", `A manifest may have ${MANIFEST_LIMIT} bytes; this one has more.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unknownManifest(): OciFailure {
  return new OciFailure(404, "MANIFEST_UNKNOWN", "The repository has no such manifest.");
}
