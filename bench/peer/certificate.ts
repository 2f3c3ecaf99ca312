import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPeer } from "../../test/peer.ts";
import { runPinned } from "../pinned.ts";
import type { Certificate } from "./server.ts";

/** Why no certificate can be made here; undefined where one can. */
export function withoutOpenssl(): string | undefined {
  return findPeer("openssl") === undefined ? "openssl is not installed" : undefined;
}

/** Whose certificate it is. */
export const CERTIFIED_HOST = "bench.localhost";

/** A self-signed certificate with an ECDSA key on P-256, in files that `stop` deletes. */
export async function makeCertificate(): Promise<Certificate & { stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "heddle-bench-tls-"));
  const [certificate, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
  const names = ["-subj", `/CN=${CERTIFIED_HOST}`, "-addext", `subjectAltName=DNS:${CERTIFIED_HOST},IP:127.0.0.1`];
  await runPinned({ command: "openssl", args: [...kind, ...names, "-keyout", key, "-out", certificate], cpu: "any" });
  return { certificate, key, stop: () => rm(folder, { recursive: true, force: true }) };
}
