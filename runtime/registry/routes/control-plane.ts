/** `/api/v1/`: JSON in and out; errors are `{code, message, remedy?}`. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { DESIRED_LIMIT } from "../../artifact/desired.ts";
import { isHeddleError } from "../../errors.ts";
import type { RegistryContext } from "../context.ts";
import { failureOf } from "../failure.ts";
import type { Watchers } from "../watchers.ts";
import { meshDesiredRoutes } from "./mesh-desired.ts";
import { meshStatusRoutes } from "./mesh-status.ts";
import { meshWatchRoutes } from "./mesh-watch.ts";
import { signatureRoutes } from "./signatures.ts";

/** base64 and JSON make an envelope larger than the state in it. */
export const CONTROL_BODY_LIMIT = 2 * DESIRED_LIMIT;

export async function controlPlane(app: FastifyInstance, context: RegistryContext, watchers: Watchers): Promise<void> {
  app.setErrorHandler(fail);
  meshDesiredRoutes(app, context, watchers);
  meshWatchRoutes(app, context, watchers);
  meshStatusRoutes(app, context);
  signatureRoutes(app, context);
}

function fail(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, headers, code, message } = failureOf(thrown);
  if (status >= 500) request.log.error({ err: thrown }, "request failed");
  const body = isHeddleError(thrown) ? { code: thrown.code, message, remedy: thrown.remedy } : { code, message };
  return reply.code(status).headers(headers).send(body);
}
