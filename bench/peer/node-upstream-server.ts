/** `node node-upstream-server.ts PORT BYTES`: answers every request with the same body. */
import { createServer } from "node:http";

const [port, bytes = 0] = process.argv.slice(2).map(Number);
const body = Buffer.alloc(bytes, "x");
const headers = { "content-type": "text/plain", "content-length": bytes };
createServer((request, response) => {
  request.resume();
  response.writeHead(200, headers).end(body);
}).listen(port, "127.0.0.1");
