/** `node body-upstream-server.ts PORT`: `GET /down?bytes=N&chunked=BOOL` answers with N bytes, `PUT /up?pause=MS` with how many came. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline, Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";

const piece = Buffer.alloc(65_536, "x");

function* pieces(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= piece.length) yield left < piece.length ? piece.subarray(0, left) : piece;
}

function down(query: URLSearchParams, response: ServerResponse): void {
  const bytes = Number(query.get("bytes"));
  response.writeHead(200, query.get("chunked") === "true" ? {} : { "content-length": bytes });
  pipeline(Readable.from(pieces(bytes)), response, () => {});
}

async function up(query: URLSearchParams, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let received = 0;
  await pause(Number(query.get("pause")));
  for await (const chunk of request) received += (chunk as Buffer).length;
  response.end(String(received));
}

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://bench");
  if (pathname === "/down") down(searchParams, response);
  else if (pathname === "/up") void up(searchParams, request, response).catch(() => response.destroy());
  else response.end("ok");
}).listen(Number(process.argv[2]), "127.0.0.1");
