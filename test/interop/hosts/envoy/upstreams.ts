import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that a backend has got and not answered yet. */
export interface Arrival {
  /** Name of the cluster that it came through. */
  readonly cluster: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  answer(response: {
    readonly status: number;
    readonly fields: readonly (readonly [name: string, value: string])[];
    readonly pieces: readonly Uint8Array[];
  }): void;
}

const LARGEST_HEAD = 1024 * 1024;

/** The backends behind Envoy: one server for each cluster. Whoever waits is given the next request. */
export class Upstreams {
  readonly #ports = new Map<string, number>();
  readonly #servers: Server[] = [];
  #waiting: ((arrival: Arrival) => void) | undefined;

  has(cluster: string): boolean {
    return this.#ports.has(cluster);
  }

  /** The port of a new cluster. */
  async add(cluster: string): Promise<number> {
    const server = createServer({ maxHeaderSize: LARGEST_HEAD }, (request, response) =>
      this.#receive(cluster, request, response),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#servers.push(server);
    const { port } = server.address() as AddressInfo;
    this.#ports.set(cluster, port);
    return port;
  }

  next(): Promise<Arrival> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  close(): void {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  #receive(cluster: string, request: IncomingMessage, response: ServerResponse): void {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => void parts.push(part));
    request.on("end", () => {
      this.#waiting?.({
        cluster,
        fields: pairs(request.rawHeaders),
        body: Buffer.concat(parts),
        answer({ status, fields, pieces }) {
          response.sendDate = false;
          const length = pieces.length === 0 ? [["content-length", "0"] as const] : [];
          response.writeHead(status, [...fields, ...length, ["x-test-upstream", "1"] as const].flat());
          for (const piece of pieces) response.write(piece);
          response.end();
        },
      });
    });
  }
}

export function pairs(raw: readonly string[]): [name: string, value: string][] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [
    (raw[2 * at] as string).toLowerCase(),
    raw[2 * at + 1] as string,
  ]);
}
