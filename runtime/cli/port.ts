import { HeddleError } from "../errors.ts";

/** A port from the command line. Throws USAGE. */
export function portOf(text: string, option: string): number {
  const port = Number(text);
  if (text !== "" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new HeddleError("USAGE", `expected ${option} to be a port from 0 to 65535, got ${text}`);
}
