import { Action, respond } from "heddle/sdk";

/** Why a token is not accepted. */
export class Refusal {
  constructor(
    /** For the access log. */
    readonly detail: string,
    /** For the client: fixed words that repeat nothing of the token. */
    readonly description: string,
    readonly status: u32 = 401,
    /** An error code of RFC 6750 section 3.1; empty when the request carried no token. */
    readonly error: string = "invalid_token",
  ) {}
}

/** Answers with a challenge after RFC 6750 section 3. */
export function challenge(refusal: Refusal, realm: string, scopes: string[]): Action {
  let value = 'Bearer realm="' + realm + '"';
  if (refusal.error.length > 0) {
    value += ', error="' + refusal.error + '", error_description="' + refusal.description + '"';
  }
  if (refusal.status === 403) value += ', scope="' + scopes.join(" ") + '"';
  const error = refusal.error.length > 0 ? refusal.error : "unauthorized";
  return respond(refusal.status)
    .header("www-authenticate", value)
    .header("cache-control", "no-store")
    .detail(refusal.detail)
    .json('{"error":"' + error + '","error_description":"' + refusal.description + '"}');
}

/** Answers that tokens cannot be judged at the moment. */
export function unavailable(): Action {
  return respond(503)
    .header("retry-after", "5")
    .header("cache-control", "no-store")
    .detail("jwt_keys_unavailable")
    .json('{"error":"temporarily_unavailable","error_description":"Tokens cannot be verified at the moment"}');
}
