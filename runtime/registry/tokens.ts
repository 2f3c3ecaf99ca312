/** Access tokens: 256 random bits, kept as SHA-256 digests, sent as a bearer token or as a basic password. */

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

export const SCOPES = ["push", "pull", "release", "status"] as const;
/** push: content. pull: read content and desired state. release: set desired state. status: report as a proxy. */
export type Scope = (typeof SCOPES)[number];

export interface Token {
  readonly name: string;
  /** Lower-case hex SHA-256 of the secret. */
  readonly digest: string;
  readonly scopes: readonly Scope[];
}

/** The secret is returned once; keep the token. */
export function createToken({ name, scopes }: { name: string; scopes: readonly Scope[] }): {
  secret: string;
  token: Token;
} {
  const secret = `heddle_${randomBytes(32).toString("base64url")}`;
  return { secret, token: { name, digest: digestOf(secret).toString("hex"), scopes: [...scopes] } };
}

/** The token that an `Authorization` header carries; undefined when it carries none that is known. */
export function findToken(tokens: readonly Token[], authorization: string): Token | undefined {
  const secret = secretOf(authorization);
  if (secret === undefined) return undefined;
  const presented = digestOf(secret);
  let found: Token | undefined;
  for (const token of tokens) {
    if (timingSafeEqual(presented, Buffer.from(token.digest, "hex"))) found = token;
  }
  return found;
}

function secretOf(authorization: string): string | undefined {
  const [, scheme = "", credentials = ""] = /^(\S+) +(\S+)$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() === "bearer") return credentials;
  if (scheme.toLowerCase() !== "basic") return undefined;
  const pair = Buffer.from(credentials, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  return colon < 0 ? undefined : pair.slice(colon + 1);
}

function digestOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
