/** Blobs: GET with ranges, HEAD, DELETE (endpoints 2 and 10). */

import type { FastifyReply } from "fastify";
import { OciFailure } from "../failure.ts";
import type { Handlers, OciExchange } from "./exchange.ts";

export const blobHandlers: Handlers<"blob"> = { GET: getBlob, HEAD: headBlob, DELETE: deleteBlob };

async function headBlob(exchange: OciExchange<"blob">): Promise<FastifyReply> {
  const size = await soundSize(exchange);
  return describeBlob(exchange).header("content-length", size).send();
}

async function getBlob(exchange: OciExchange<"blob">): Promise<FastifyReply> {
  const { context, request, target } = exchange;
  const size = await soundSize(exchange);
  const reply = describeBlob(exchange);
  const range = parseRange(request.headers.range, size);
  if (range === undefined) return reply.header("content-length", size).send(context.blobs.read(target.digest));
  return reply
    .code(206)
    .header("content-range", `bytes ${range.start}-${range.end}/${size}`)
    .header("content-length", range.end - range.start + 1)
    .send(context.blobs.read(target.digest, range));
}

async function deleteBlob({ context, reply, target }: OciExchange<"blob">): Promise<FastifyReply> {
  const { repository, digest } = target;
  if (context.content.blobSize(repository, digest) === undefined) throw unknownBlob();
  await context.blobs.remove(digest, () => {
    if (!context.content.isReferenced(repository, digest)) return context.content.unlinkBlob(repository, digest);
    throw new OciFailure(409, "DENIED", "A manifest of this repository needs the blob; delete the manifest first.");
  });
  return reply.code(202).send();
}

/** A blob whose bytes have rotted is treated as absent, so that clients push it again and heal it. */
async function soundSize({ context, request, target }: OciExchange<"blob">): Promise<number> {
  const { repository, digest } = target;
  const size = context.content.blobSize(repository, digest);
  if (size === undefined) throw unknownBlob();
  if (await context.blobs.isSound(digest, size)) return size;
  request.log.error({ digest }, "a stored blob no longer matches its digest");
  throw unknownBlob();
}

function describeBlob({ reply, target }: OciExchange<"blob">): FastifyReply {
  return reply
    .header("content-type", "application/octet-stream")
    .header("docker-content-digest", target.digest)
    .header("etag", `"${target.digest}"`)
    .header("cache-control", "public, max-age=31536000, immutable")
    .header("accept-ranges", "bytes");
}

/** One byte range (RFC 9110, 14.1.2); anything else than one is ignored, as the RFC allows. */
function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "");
  if (match === null || match[0] === "bytes=-") return undefined;
  const [first, last] = [match[1] as string, match[2] as string];
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (start <= end && start < size) return { start, end };
  throw new OciFailure(416, "SIZE_INVALID", `The blob has ${size} bytes.`, {
    headers: { "content-range": `bytes */${size}` },
  });
}

function unknownBlob(): OciFailure {
  return new OciFailure(404, "BLOB_UNKNOWN", "The repository has no such blob.");
}
