/** `node fastify-server.ts PORT UPSTREAM`: forwards PORT to UPSTREAM on loopback. */
import proxy from "@fastify/http-proxy";
import { fastify } from "fastify";

const [port = 0, upstream = 0] = process.argv.slice(2).map(Number);
const server = fastify();
await server.register(proxy, { upstream: `http://127.0.0.1:${upstream}` });
await server.listen({ port, host: "127.0.0.1" });
