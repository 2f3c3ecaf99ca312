import { join } from "node:path";
import { freePort, startServer } from "../pinned.ts";
import type { ProxyOptions, Server } from "./server.ts";

/** A proxy of this folder in a Node process of its own: `node SCRIPT PORT UPSTREAM`. */
async function startScript(script: string, { name, upstream, cpu }: ProxyOptions): Promise<Server> {
  const port = await freePort();
  const args = [join(import.meta.dirname, script), String(port), String(upstream)];
  return { ...(await startServer({ command: process.execPath, args, cpu, port })), name, port };
}

/** An upstream for large bodies. */
export const startBodyUpstream = (options: ProxyOptions): Promise<Server> =>
  startScript("body-upstream-server.ts", options);

/** http-proxy-3, the kept fork of http-proxy, with a keep-alive agent. */
export const startHttpProxy3 = (options: ProxyOptions): Promise<Server> =>
  startScript("http-proxy-3-server.ts", options);

/** @fastify/http-proxy as its documentation starts it, without a logger. */
export const startFastify = (options: ProxyOptions): Promise<Server> => startScript("fastify-server.ts", options);

/** A tunnel on raw sockets that reads nothing: the least that a proxy in Node can cost. */
export const startTunnel = (options: ProxyOptions): Promise<Server> => startScript("tunnel-server.ts", options);
