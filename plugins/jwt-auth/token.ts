import { request } from "heddle/sdk";
import { Refusal } from "./refusal";

/** What a request presents: a token, nothing, or something that cannot be read in one way only. */
export class Presented {
  constructor(
    readonly token: string | null,
    readonly refusal: Refusal | null,
  ) {}
}

const SCHEME = "bearer";
/** Beyond any length that can be allowed: refused as too long, without another look. */
const LONGEST = 65536;

/**
 * Finds the token in `Authorization: Bearer …` (RFC 6750 section 2.1): the scheme in any case, one space, the token. Another
 * scheme is as good as no token. Two fields, or a second token in the query (section 2.3), are refused: backend and filter
 * might read different ones.
 */
export function bearerToken(): Presented {
  const values = request.headerValues("authorization");
  if (values.length > 1) return refused("jwt_ambiguous", "More than one Authorization header");
  const token: string | null = values.length === 0 ? null : afterScheme(values[0]);
  if (token !== null && token.length === 0) return refused("jwt_header", "No token after Bearer");
  if (token !== null && request.queryParameter("access_token") !== null) {
    return refused("jwt_ambiguous", "A token in the header and one in the query");
  }
  return new Presented(token, null);
}

/** What follows the scheme; null for another scheme, empty when it does not follow after just one space. */
function afterScheme(value: string): string | null {
  if (value.length < SCHEME.length || value.substring(0, SCHEME.length).toLowerCase() !== SCHEME) return null;
  if (value.length === SCHEME.length) return "";
  const next = value.charCodeAt(SCHEME.length);
  if (next === 0x09) return "";
  if (next !== 0x20) return null;
  const token = value.substring(SCHEME.length + 1);
  if (token.length > LONGEST) return token;
  return token.includes(" ") || token.includes("\t") || token.includes(",") ? "" : token;
}

function refused(detail: string, description: string): Presented {
  return new Presented(null, new Refusal(detail, description, 400, "invalid_request"));
}
