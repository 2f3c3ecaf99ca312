/** What proxies report, and the list of it. */

import type { FastifyInstance } from "fastify";
import { compileSchema } from "../../artifact/schema.ts";
import { needs } from "../access.ts";
import type { RegistryContext } from "../context.ts";
import { OciFailure } from "../failure.ts";
import type { ProxyStatus } from "../store/mesh-store.ts";
import { meshOf } from "./mesh-name.ts";

const PROXIES_LIMIT = 10_000;

const text = (maxLength: number) => ({ type: ["string", "null"], maxLength });
const error = {
  type: ["object", "string", "null"],
  maxLength: 4096,
  required: ["code"],
  properties: { code: { type: "string", maxLength: 64 }, detail: { type: "string", maxLength: 4096 } },
};

const checkStatus = compileSchema<ProxyStatus>(
  {
    type: "object",
    required: ["proxy", "seq", "plugins"],
    additionalProperties: false,
    properties: {
      proxy: { type: "string", minLength: 1, maxLength: 255, pattern: "^[^\\u0000-\\u001f\\u007f]+$" },
      seq: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
      digest: text(128),
      agentVersion: { type: "string", maxLength: 64 },
      error,
      plugins: {
        type: "array",
        maxItems: 1000,
        items: {
          type: "object",
          required: ["name", "state"],
          additionalProperties: false,
          properties: {
            name: { type: "string", minLength: 1, maxLength: 255 },
            state: { type: "string", enum: ["waiting", "loading", "running", "rejected", "failed"] },
            digest: text(128),
            version: text(64),
            wanted: text(128),
            error,
            since: { type: "number" },
          },
        },
      },
    },
  },
  "The status",
  "REQUEST_INVALID",
);

export function meshStatusRoutes(app: FastifyInstance, { meshes, clock, access }: RegistryContext): void {
  app.post("/api/v1/mesh/:mesh/status", needs(access, "status"), async (request, reply) => {
    const mesh = meshOf(request);
    const status = checkStatus(request.body);
    if (!meshes.hasProxy(mesh, status.proxy) && meshes.countProxies(mesh) >= PROXIES_LIMIT) {
      throw new OciFailure(429, "TOOMANYREQUESTS", `A mesh may have ${PROXIES_LIMIT} proxies.`);
    }
    meshes.putStatus(mesh, status, clock.now());
    return reply.code(204).send();
  });

  app.get("/api/v1/mesh/:mesh/proxies", needs(access, "pull"), async (request) => {
    const mesh = meshOf(request);
    const proxies = meshes.statuses(mesh).map((status) => ({ id: status.proxy, ...status }));
    return { mesh, seq: meshes.desired(mesh)?.seq ?? 0, proxies };
  });
}
