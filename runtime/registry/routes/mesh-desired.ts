/** Desired state of a mesh: set it, read the newest or an earlier one. */

import type { FastifyInstance } from "fastify";
import { readDesired } from "../../artifact/desired.ts";
import { HeddleError } from "../../errors.ts";
import { needs } from "../access.ts";
import type { RegistryContext } from "../context.ts";
import type { Watchers } from "../watchers.ts";
import { meshOf } from "./mesh-name.ts";

interface SeqQuery {
  Querystring: { seq?: string };
}

/** The registry holds no keys: it checks form, mesh and sequence; proxies check the signature. */
export function meshDesiredRoutes(app: FastifyInstance, context: RegistryContext, watchers: Watchers): void {
  const { meshes, clock, access } = context;

  app.put("/api/v1/mesh/:mesh/desired", needs(access, "release"), async (request, reply) => {
    const mesh = meshOf(request);
    const { envelope, state, digest } = readDesired(request.body);
    if (state.mesh !== mesh) throw refused(`It is for mesh ${state.mesh}, not for ${mesh}.`);
    const newest = meshes.desired(mesh);
    if (newest?.seq === state.seq && newest.digest === digest) return { seq: state.seq, digest };
    if (newest !== undefined && state.seq <= newest.seq) {
      throw refused(`Its sequence number is ${state.seq}; ${newest.seq} is stored already.`);
    }
    const stored = { seq: state.seq, digest, envelope: JSON.stringify(envelope) };
    meshes.putDesired(mesh, stored, clock.now());
    watchers.announce(mesh, stored);
    return reply.code(201).send({ seq: state.seq, digest });
  });

  app.get<SeqQuery>("/api/v1/mesh/:mesh/desired", needs(access, "pull"), async (request, reply) => {
    const mesh = meshOf(request);
    const { seq } = request.query;
    const found = meshes.desired(mesh, seq === undefined ? undefined : Number.parseInt(seq, 10) || 0);
    if (found === undefined) return reply.code(404).send({ code: "STATE_UNKNOWN", message: "There is no such state." });
    return { seq: found.seq, digest: found.digest, envelope: JSON.parse(found.envelope) };
  });
}

function refused(message: string): HeddleError {
  return new HeddleError("STATE_REFUSED", message);
}
