/** Uploads: begin, mount, chunks, status, finish, cancel (endpoints 4 to 6, 11, 13, 14). */

import { randomUUID } from "node:crypto";
import type { FastifyReply } from "fastify";
import type { Digest } from "../../artifact/digest.ts";
import { authorize } from "../access.ts";
import { isDiskFull, OciFailure } from "../failure.ts";
import { digestOf, repositoryOf } from "../target.ts";
import { bodyOf, type Handlers, type OciExchange } from "./exchange.ts";

export const uploadsHandlers: Handlers<"uploads"> = { POST: begin };
export const uploadHandlers: Handlers<"upload"> = {
  GET: (exchange) => exclusively(exchange, status),
  PATCH: (exchange) => exclusively(exchange, addChunk),
  PUT: (exchange) => exclusively(exchange, finish),
  DELETE: (exchange) => exclusively(exchange, cancel),
};

type Upload = OciExchange<"upload">;

async function begin(exchange: OciExchange<"uploads">): Promise<FastifyReply> {
  const { query, target } = exchange;
  const algorithm = query.get("digest-algorithm") ?? "sha256";
  if (algorithm !== "sha256") throw new OciFailure(400, "UNSUPPORTED", "This registry keeps sha256 digests only.");
  if (query.has("mount") && mount(exchange)) {
    return created(exchange.reply, target.repository, digestOf(query.get("mount") ?? undefined));
  }
  if (query.has("digest")) return pushWhole(exchange, digestOf(query.get("digest") ?? undefined));
  const { context, reply } = exchange;
  const id = randomUUID();
  await context.blobs.createUpload(id);
  context.content.openUpload(id, target.repository, context.clock.now());
  return progress(reply.code(202), target.repository, id, 0);
}

/** Whoever may pull may mount: the token's scope covers every repository. */
function mount({ context, request, query, target }: OciExchange<"uploads">): boolean {
  authorize(context.access, request, "pull");
  const digest = digestOf(query.get("mount") ?? undefined);
  const from = query.get("from");
  const size = context.content.blobAnywhere(digest, from === null ? undefined : repositoryOf(from));
  if (size === undefined) return false;
  context.content.linkBlob(target.repository, digest, size);
  return true;
}

async function pushWhole(exchange: OciExchange<"uploads">, digest: Digest): Promise<FastifyReply> {
  const { context, reply, request, target } = exchange;
  const id = randomUUID();
  await context.blobs.createUpload(id);
  try {
    await context.blobs.append(id, bodyOf(request));
    await context.blobs.commit(id, digest, (size) => context.content.linkBlob(target.repository, digest, size));
  } catch (thrown) {
    await context.blobs.discard(id);
    throw thrown;
  }
  return created(reply, target.repository, digest);
}

async function status({ context, reply, target }: Upload): Promise<FastifyReply> {
  return progress(reply.code(204), target.repository, target.id, await context.blobs.uploadSize(target.id));
}

async function addChunk(exchange: Upload): Promise<FastifyReply> {
  const { reply, target } = exchange;
  return progress(reply.code(202), target.repository, target.id, await append(exchange));
}

async function finish(exchange: Upload): Promise<FastifyReply> {
  const { context, query, reply, target } = exchange;
  const digest = digestOf(query.get("digest") ?? undefined);
  await append(exchange);
  try {
    await context.blobs.commit(target.id, digest, (size) => context.content.linkBlob(target.repository, digest, size));
  } finally {
    await end(exchange);
  }
  return created(reply, target.repository, digest);
}

async function cancel(exchange: Upload): Promise<FastifyReply> {
  await end(exchange);
  return exchange.reply.code(204).send();
}

/** A failure for want of space or by size drops the upload; a broken connection keeps it for a later chunk. */
async function append(exchange: Upload): Promise<number> {
  const { context, request, target } = exchange;
  await assertInOrder(exchange);
  try {
    return await context.blobs.append(target.id, bodyOf(request));
  } catch (thrown) {
    if (isDiskFull(thrown) || (thrown as { code?: string }).code === "ARTIFACT_TOO_LARGE") await end(exchange);
    throw thrown;
  }
}

async function assertInOrder({ context, request, target }: Upload): Promise<void> {
  const header = request.headers["content-range"];
  if (header === undefined) return;
  const [, first, last] = /^(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  const size = await context.blobs.uploadSize(target.id);
  if (first === undefined || Number(first) !== size) {
    throw new OciFailure(416, "BLOB_UPLOAD_INVALID", `Expected the chunk that begins at ${size}, got ${header}.`, {
      headers: placeOf(target.repository, target.id, size),
    });
  }
  const length = request.headers["content-length"];
  if (length === undefined || Number(length) === Number(last) - Number(first) + 1) return;
  throw new OciFailure(400, "SIZE_INVALID", `Content-Range ${header} does not fit Content-Length ${length}.`);
}

/** The row goes first: a file without one is swept at start, a row without a file would promise an upload. */
async function end({ context, target }: Upload): Promise<void> {
  context.content.closeUpload(target.id);
  await context.blobs.discard(target.id);
}

const busy = new WeakMap<object, Set<string>>();

/** One request at a time for each upload; a second one is told so. */
async function exclusively(exchange: Upload, work: (exchange: Upload) => Promise<FastifyReply>): Promise<FastifyReply> {
  const { context, target } = exchange;
  if (context.content.uploadRepository(target.id) !== target.repository) {
    throw new OciFailure(404, "BLOB_UPLOAD_UNKNOWN", "There is no such upload.");
  }
  const ids = busy.get(context) ?? new Set<string>();
  busy.set(context, ids);
  if (ids.has(target.id)) throw new OciFailure(409, "BLOB_UPLOAD_INVALID", "Another request writes to this upload.");
  ids.add(target.id);
  try {
    return await work(exchange);
  } finally {
    ids.delete(target.id);
  }
}

function placeOf(repository: string, id: string, size: number): Record<string, string> {
  return { location: `/v2/${repository}/blobs/uploads/${id}`, range: `0-${Math.max(0, size - 1)}` };
}

function progress(reply: FastifyReply, repository: string, id: string, size: number): FastifyReply {
  return reply
    .headers(placeOf(repository, id, size))
    .header("docker-upload-uuid", id)
    .send();
}

function created(reply: FastifyReply, repository: string, digest: Digest): FastifyReply {
  return reply
    .code(201)
    .header("location", `/v2/${repository}/blobs/${digest}`)
    .header("docker-content-digest", digest)
    .send();
}
