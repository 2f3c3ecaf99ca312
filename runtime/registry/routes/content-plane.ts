/** `/v2/`: reads the path, checks the token, and hands over to the area's handler. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { authorize } from "../access.ts";
import type { RegistryContext } from "../context.ts";
import { failureOf, OciFailure } from "../failure.ts";
import { parseTarget, type Target } from "../target.ts";
import { blobHandlers } from "./blobs.ts";
import type { Handler, Handlers, Method, OciExchange } from "./exchange.ts";
import { manifestHandlers } from "./manifests.ts";
import { referrersHandlers } from "./referrers.ts";
import { tagsHandlers } from "./tags.ts";
import { uploadHandlers, uploadsHandlers } from "./uploads.ts";

const areas: { [A in Target["area"]]: Handlers<A> } = {
  ping: { GET: ({ reply }) => reply.send({}), HEAD: ({ reply }) => reply.send() },
  blob: blobHandlers,
  uploads: uploadsHandlers,
  upload: uploadHandlers,
  manifest: manifestHandlers,
  tags: tagsHandlers,
  referrers: referrersHandlers,
};

const METHODS: Method[] = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"];

/** Register encapsulated: bodies under /v2/ are streams, whatever their type says. */
export async function contentPlane(app: FastifyInstance, context: RegistryContext): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  app.setErrorHandler(fail);
  const handler = (request: FastifyRequest, reply: FastifyReply) => answer(context, request, reply);
  for (const url of ["/v2", "/v2/*"]) app.route({ method: METHODS, url, handler });
}

async function answer(context: RegistryContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const [path = "", search = ""] = split(request.raw.url ?? "");
  const method = request.method as Method;
  authorize(context.access, request, method === "GET" || method === "HEAD" ? "pull" : "push");
  const target = parseTarget(path);
  const handler = areas[target.area][method] as Handler<Target["area"]> | undefined;
  if (handler === undefined) throw new OciFailure(405, "UNSUPPORTED", `${method} is not a method of this resource.`);
  reply.header("docker-distribution-api-version", "registry/2.0");
  const exchange: OciExchange<Target["area"]> = { context, request, reply, target, query: new URLSearchParams(search) };
  return handler(exchange);
}

/** A body that nobody will read is drained, so that the connection can carry the next request. */
function fail(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = failureOf(thrown);
  // Not before the body's iterator has let go of the stream, which takes a tick.
  setImmediate(() => request.raw.resume());
  if (failure.status >= 500) request.log.error({ err: thrown }, "request failed");
  return reply.code(failure.status).headers(failure.headers).send(failure.body);
}

function split(url: string): string[] {
  const mark = url.indexOf("?");
  return mark < 0 ? [url] : [url.slice(0, mark), url.slice(mark + 1)];
}
