import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A backend that answers with what it was asked. */
export interface EchoBackend {
  readonly port: number;
  close(): Promise<void>;
}

/** What it keeps of a request's body, in bytes. */
const MOST = 64 * 1024;

/** Listens on loopback, on a port that the system chooses. */
export async function startEchoBackend(): Promise<EchoBackend> {
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    const body = await textOf(request);
    response.setHeader("content-type", "application/json");
    response.end(`${JSON.stringify({ method, path: url, headers, ...(body !== "" && { body }) }, null, 2)}\n`);
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    if (size < MOST) pieces.push(piece);
    size += piece.length;
  }
  return Buffer.concat(pieces).subarray(0, MOST).toString();
}
