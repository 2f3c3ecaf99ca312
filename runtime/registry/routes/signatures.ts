/** What the signatures on a manifest claim. The registry holds no keys and has verified none of it. */

import type { FastifyInstance } from "fastify";
import { needs } from "../access.ts";
import type { RegistryContext } from "../context.ts";
import { digestOf, repositoryOf } from "../target.ts";

interface SignatureQuery {
  Querystring: { repository?: string; digest?: string };
}

export function signatureRoutes(app: FastifyInstance, { content, access }: RegistryContext): void {
  app.get<SignatureQuery>("/api/v1/signatures", needs(access, "pull"), async (request) => {
    const repository = repositoryOf(request.query.repository ?? "");
    const digest = digestOf(request.query.digest);
    return { repository, digest, signatures: content.signatures(repository, digest) };
  });
}
