/** The event stream that proxies follow: `event: desired`, `id: <seq>`, the whole state each time. */

import type { FastifyInstance } from "fastify";
import { needs } from "../access.ts";
import type { RegistryContext } from "../context.ts";
import type { Watchers } from "../watchers.ts";
import { meshOf } from "./mesh-name.ts";

/** The newest state comes first, unless `Last-Event-ID` says that the caller has it. */
export function meshWatchRoutes(app: FastifyInstance, { meshes, access }: RegistryContext, watchers: Watchers): void {
  app.get("/api/v1/mesh/:mesh/watch", needs(access, "pull"), (request, reply) => {
    const mesh = meshOf(request);
    const newest = meshes.desired(mesh);
    const seen = Number(request.headers["last-event-id"] ?? Number.NaN);
    watchers.add(mesh, reply, newest !== undefined && newest.seq === seen ? undefined : newest);
  });
}
