import { join } from "node:path";
import { findPeer } from "../../test/peer.ts";
import { freePort, type Pinning, startServer } from "../pinned.ts";
import { startNginxUpstream, type UpstreamTls } from "./nginx.ts";
import type { Server } from "./server.ts";

/** The server behind every proxy: nginx, or node:http where nginx is missing, without TLS. It answers everything with `bytes` bytes. */
export function startUpstream(cpu: Pinning, bytes: number, tls?: UpstreamTls): Promise<Server> {
  return findPeer("nginx") === undefined ? startNodeUpstream(cpu, bytes) : startNginxUpstream(cpu, bytes, tls);
}

/** An upstream on node:http. */
export async function startNodeUpstream(cpu: Pinning, bytes: number): Promise<Server> {
  const port = await freePort();
  const args = [join(import.meta.dirname, "node-upstream-server.ts"), String(port), String(bytes)];
  const server = await startServer({ command: process.execPath, args, cpu, port });
  return { ...server, name: "upstream", port };
}
