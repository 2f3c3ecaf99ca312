/** Tags: the paged list (endpoint 8). */

import type { FastifyReply } from "fastify";
import { OciFailure } from "../failure.ts";
import { type Handlers, type OciExchange, pageSize } from "./exchange.ts";

const PAGE = 1000;

export const tagsHandlers: Handlers<"tags"> = { GET: listTags };

function listTags({ context, query, reply, target }: OciExchange<"tags">): FastifyReply {
  const { repository } = target;
  if (!context.content.hasRepository(repository)) {
    throw new OciFailure(404, "NAME_UNKNOWN", "There is no such repository.");
  }
  const limit = pageSize(query, PAGE);
  const found = context.content.tags(repository, { limit: limit + 1, after: query.get("last") ?? "" });
  const tags = found.slice(0, limit);
  if (found.length > limit && limit > 0) {
    const next = new URLSearchParams({ n: String(limit), last: tags.at(-1) as string });
    reply.header("link", `</v2/${repository}/tags/list?${next}>; rel="next"`);
  }
  return reply.send({ name: repository, tags });
}
