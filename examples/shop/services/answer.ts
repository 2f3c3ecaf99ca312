import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** A service of the shop: prints the port it listens on as one JSON line, answers JSON, and stops on SIGTERM. */
export function serve(name: string, answer: (request: IncomingMessage) => { status: number; body: unknown }): void {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { status, body } = answer(request);
    const text = `${JSON.stringify(body)}\n`;
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
    response.end(text);
  });
  server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    process.stdout.write(`${JSON.stringify({ name, port })}\n`);
  });
  process.once("SIGTERM", () => {
    server.close();
    server.closeIdleConnections();
  });
}
