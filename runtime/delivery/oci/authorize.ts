import { HeddleError } from "../../errors.ts";
import { parseJsonObject, readCapped } from "./body.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { isInternal, isLoopback } from "./origin.ts";
import type { Send } from "./transport.ts";

/** How a client proves who it is: a token alone, or a user name and a password (docker login). */
export interface Credentials {
  readonly token?: string | undefined;
  readonly username?: string | undefined;
}

const TOKEN_REPLY_LIMIT = 64 * 1024;

/**
 * The Authorization field that answers a registry's 401, after the distribution specification's token flow.
 * undefined: nothing we hold answers any of its challenges. Throws REGISTRY_DENIED, REGISTRY_PROTOCOL.
 */
export async function answerChallenge(
  field: string,
  options: { origin: URL; credentials: Credentials; send: Send },
): Promise<string | undefined> {
  const { token, username } = options.credentials;
  for (const challenge of parseChallenges(field)) {
    if (challenge.scheme === "basic" && token !== undefined) return basic(username ?? "heddle", token);
    if (challenge.scheme !== "bearer") continue;
    if (challenge.parameters.has("realm")) return `Bearer ${await fetchToken(challenge, options)}`;
    if (token !== undefined) return `Bearer ${token}`;
  }
  return undefined;
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

async function fetchToken(
  challenge: Challenge,
  { origin, credentials, send }: { origin: URL; credentials: Credentials; send: Send },
): Promise<string> {
  const url = tokenUrl(challenge, origin);
  const { token, username } = credentials;
  const headers: Record<string, string> =
    token === undefined ? {} : { authorization: basic(username ?? "heddle", token) };
  const reply = await send({ method: "GET", url, headers });
  const bytes = await readCapped(reply.body, TOKEN_REPLY_LIMIT, url.href);
  if (reply.status !== 200) {
    throw new HeddleError("REGISTRY_DENIED", `expected a token, got status ${reply.status}`, { where: url.origin });
  }
  const body = parseJsonObject(bytes, url.origin);
  const granted = body.token ?? body.access_token;
  if (typeof granted === "string" && /^[\x21-\x7e]+$/.test(granted)) return granted;
  throw new HeddleError("REGISTRY_PROTOCOL", "expected a token in the answer, got none", { where: url.origin });
}

/** A registry chooses this URL, so it must not lead to plain HTTP or into our own network. */
function tokenUrl({ parameters }: Challenge, origin: URL): URL {
  const realm = parameters.get("realm") ?? "";
  const url = URL.canParse(realm, origin) ? new URL(realm, origin) : undefined;
  const local = isLoopback(origin.host);
  if (url === undefined || !allowedRealm(url, origin, local)) {
    throw new HeddleError("REGISTRY_PROTOCOL", `refused to ask ${JSON.stringify(realm)} for a token`, {
      where: origin.origin,
      remedy: "A token service must be https and must not be an internal address.",
    });
  }
  for (const name of ["service", "scope"]) {
    const value = parameters.get(name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}

function allowedRealm(url: URL, origin: URL, local: boolean): boolean {
  if (url.origin === origin.origin) return true;
  if (local) return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.host));
  return url.protocol === "https:" && !isInternal(url.host);
}
