/** `node http-proxy-3-server.ts PORT UPSTREAM`: forwards PORT to UPSTREAM on loopback. */
import { Agent, createServer } from "node:http";
import { createProxyServer } from "http-proxy-3";

const [port, upstream] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true });
const proxy = createProxyServer({ target: `http://127.0.0.1:${upstream}`, agent, xfwd: true });
proxy.on("error", (error) => process.stderr.write(`${error.stack}\n`));
createServer((request, response) => void proxy.web(request, response)).listen(port, "127.0.0.1");
