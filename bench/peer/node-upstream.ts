import { join } from "node:path";
import { freePort, type Pinning, startServer } from "../pinned.ts";
import type { Server } from "./server.ts";

/** An upstream on node:http, for machines without nginx. */
export async function startNodeUpstream(cpu: Pinning): Promise<Server> {
  const port = await freePort();
  const args = [join(import.meta.dirname, "node-upstream-server.ts"), String(port)];
  const server = await startServer({ command: process.execPath, args, cpu, port });
  return { name: "upstream", port, ...server };
}
