/** Who may do what: a request's token against the scope that its route needs. */

import type { FastifyRequest } from "fastify";
import { OciFailure } from "./failure.ts";
import { findToken, type Scope, type Token } from "./tokens.ts";

export interface AccessPolicy {
  readonly tokens: readonly Token[];
  /** What a caller without a token may do. */
  readonly anonymous: readonly Scope[];
}

const CHALLENGE = { "www-authenticate": 'Basic realm="heddle", charset="UTF-8"' };

/** Throws 401 without a known token, 403 when the token lacks the scope. */
export function authorize({ tokens, anonymous }: AccessPolicy, request: FastifyRequest, scope: Scope): void {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    if (anonymous.includes(scope)) return;
    throw new OciFailure(401, "UNAUTHORIZED", `A token with the scope '${scope}' is needed.`, { headers: CHALLENGE });
  }
  const token = findToken(tokens, authorization);
  if (token === undefined) throw new OciFailure(401, "UNAUTHORIZED", "The token is not known.", { headers: CHALLENGE });
  if (token.scopes.includes(scope)) return;
  throw new OciFailure(403, "DENIED", `The token '${token.name}' lacks the scope '${scope}'.`);
}

/** For a route's `onRequest`: the caller is judged before its body is read. */
export function needs(policy: AccessPolicy, scope: Scope): { onRequest: (request: FastifyRequest) => Promise<void> } {
  return { onRequest: async (request) => authorize(policy, request, scope) };
}
