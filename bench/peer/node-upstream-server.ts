/** `node node-upstream-server.ts PORT`: answers every request with the same body. */
import { createServer } from "node:http";
import { BODY_BYTES } from "../request.ts";

const body = "x".repeat(BODY_BYTES);
const headers = { "content-type": "text/plain", "content-length": BODY_BYTES };
createServer((_, response) => void response.writeHead(200, headers).end(body)).listen(
  Number(process.argv[2]),
  "127.0.0.1",
);
