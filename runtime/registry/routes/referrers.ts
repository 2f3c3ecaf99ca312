/** Referrers: what points to a manifest as its subject (endpoint 12). Never 404. */

import type { FastifyReply } from "fastify";
import { jsonBytes } from "../../artifact/descriptor.ts";
import { IMAGE_INDEX } from "../../artifact/media-types.ts";
import { type Handlers, type OciExchange, pageSize } from "./exchange.ts";

const PAGE = 500;

export const referrersHandlers: Handlers<"referrers"> = { GET: listReferrers };

function listReferrers({ context, query, reply, target }: OciExchange<"referrers">): FastifyReply {
  const { repository, digest } = target;
  // A media type has no spaces: one that arrives is a `+` that the caller did not encode.
  const artifactType = query.get("artifactType")?.replaceAll(" ", "+") || undefined;
  const limit = Math.max(1, pageSize(query, PAGE));
  const page = { limit: limit + 1, after: query.get("last") ?? "" };
  const found = context.content.referrers(repository, digest, artifactType, page);
  const manifests = found.slice(0, limit);
  if (artifactType !== undefined) reply.header("oci-filters-applied", "artifactType");
  if (found.length > limit) {
    const next = new URLSearchParams({ n: String(limit), last: manifests.at(-1)?.digest ?? "" });
    if (artifactType !== undefined) next.set("artifactType", artifactType);
    reply.header("link", `</v2/${repository}/referrers/${digest}?${next}>; rel="next"`);
  }
  const index = jsonBytes({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests });
  return reply.header("content-type", IMAGE_INDEX).send(Buffer.from(index));
}
