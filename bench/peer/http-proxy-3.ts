import { join } from "node:path";
import { freePort, startServer } from "../pinned.ts";
import type { ProxyOptions, Server } from "./server.ts";

/** http-proxy-3, the kept fork of http-proxy, with a keep-alive agent, in a Node process of its own. */
export async function startHttpProxy3({ upstream, cpu }: ProxyOptions): Promise<Server> {
  const port = await freePort();
  const args = [join(import.meta.dirname, "http-proxy-3-server.ts"), String(port), String(upstream)];
  const server = await startServer({ command: process.execPath, args, cpu, port });
  return { name: "http-proxy-3", port, ...server };
}
