import { randomBytes } from "node:crypto";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";

const NAME = "heddle.session-ticket-keys";
/** Name, HMAC secret and AES key of RFC 5077 4, in OpenSSL's layout. */
const LENGTH = 48;

/**
 * What encrypts session tickets: made once per process, so that a client resumes its session on whichever thread takes
 * its next connection. The main thread must have called this before it starts the others.
 */
export function sharedTicketKeys(): Buffer {
  const known = getEnvironmentData(NAME);
  if (known instanceof Uint8Array) return Buffer.from(known);
  const keys = randomBytes(LENGTH);
  setEnvironmentData(NAME, new Uint8Array(keys));
  return keys;
}
