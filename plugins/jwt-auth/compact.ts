import { utf8 } from "heddle/sdk";

/** The three parts of a JWS in compact form (RFC 7515 section 3.1), still encoded. */
export class Compact {
  constructor(
    readonly header: string,
    readonly payload: string,
    readonly signature: string,
    /** What the signature is about: header and payload with the dot between them. */
    readonly signingInput: Uint8Array,
  ) {}
}

/** Three parts, none empty, joined by two dots; null for anything else. That they are base64url is left to the decoder. */
export function splitCompact(token: string): Compact | null {
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first < 1 || second <= first + 1 || second + 1 >= token.length) return null;
  const header = token.substring(0, first);
  const payload = token.substring(first + 1, second);
  return new Compact(header, payload, token.substring(second + 1), utf8.encode(token.substring(0, second)));
}
