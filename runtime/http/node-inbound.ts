import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { connectionOf } from "./connection-info.ts";
import { type ConnectionInfo, type Departure, Exchange } from "./exchange.ts";
import { type FieldList, fieldList } from "./fields.ts";
import { createH2Front, type H2Front } from "./h2/h2-front.ts";
import { readPreface } from "./h2/preface.ts";
import { connectionOptions, stripHopByHop } from "./hop-by-hop.ts";
import { INBOUND_LIMITS, type Inbound, type InboundHandlers, type InboundLimits, type Listen } from "./inbound.ts";
import { createNodeDownstream } from "./node-downstream.ts";
import { checkRequest } from "./request-check.ts";

/** HTTP/1.1 in over Node's own server, with the strictness that it leaves to its users; HTTP/2 by prior knowledge. */
export const listenNode: Listen = async ({ host, port, handlers, limits = {} }) => {
  const front = new NodeFront(handlers, { ...INBOUND_LIMITS, ...limits });
  await new Promise<void>((resolve, reject) => {
    front.server.once("error", reject);
    front.server.listen({ host, port }, () => {
      front.server.off("error", reject);
      resolve();
    });
  });
  return front.inbound();
};

function createNodeServer(limits: InboundLimits): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: limits.keepAliveTimeout,
    insecureHTTPParser: false,
    // Counted here, so that the refusal is logged and a repeated Host is refused too.
    requireHostHeader: false,
    joinDuplicateHeaders: false,
    noDelay: true,
  });
  server.maxRequestsPerSocket = limits.requestsPerConnection;
  server.maxHeadersCount = limits.headerCount;
  server.maxConnections = limits.connections;
  return server;
}

interface Peer {
  readonly info: ConnectionInfo;
  /** The exchange that the connection carries now. */
  exchange: Exchange | undefined;
}

class NodeFront {
  readonly server: Server;
  readonly #handlers: InboundHandlers;
  readonly #limits: InboundLimits;
  readonly #peers = new WeakMap<Socket, Peer>();
  readonly #h2: H2Front;
  /** Connections that have not said yet which protocol they speak. */
  readonly #silent = new Set<Socket>();
  #open = 0;
  #draining = false;

  constructor(handlers: InboundHandlers, limits: InboundLimits) {
    this.#handlers = handlers;
    this.#limits = limits;
    this.server = createNodeServer(limits);
    this.#h2 = createH2Front(handlers, limits);
    this.#tellApart();
    const accept = (request: IncomingMessage, response: ServerResponse) => this.#accept(request, response);
    this.server.on("request", accept).on("checkContinue", accept).on("checkExpectation", accept);
    this.server.on("connect", (request, socket) => this.#refuseConnect(request, socket as Socket));
    this.server.on("clientError", (error, socket) => this.#malformed(error, socket as Socket));
    this.server.on("timeout", (socket: Socket) => {
      this.#peers.get(socket)?.exchange?.closed("stalled");
      socket.destroy();
    });
  }

  inbound(): Inbound {
    const front = this;
    const { address, port } = this.server.address() as AddressInfo;
    return {
      address,
      port,
      get connections() {
        return front.#open;
      },
      drain() {
        front.#draining = true;
        front.server.close();
        front.#h2.drain();
        for (const socket of front.#silent) socket.destroy();
      },
      close: () => front.#close(),
    };
  }

  async #close(): Promise<void> {
    this.#draining = true;
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
      this.#h2.close();
      for (const socket of this.#silent) socket.destroy();
    });
    // The server is closed a little before the last connections have said so to their exchanges.
    while (this.#open > 0) await setImmediate();
  }

  /** Node's server gets the connections that do not begin with HTTP/2's preface. */
  #tellApart(): void {
    const serve = this.server.listeners("connection") as ((socket: Socket) => void)[];
    const readers = {
      http1: (socket: Socket) => {
        this.#silent.delete(socket);
        for (const each of serve) each.call(this.server, socket);
      },
      http2: (socket: Socket) => {
        this.#silent.delete(socket);
        this.#h2.accept(socket);
      },
      expired: (socket: Socket) => {
        this.#malformed(SILENT, socket);
        socket.destroySoon();
      },
    };
    this.server.removeAllListeners("connection");
    this.server.on("connection", (socket) => {
      this.#open += 1;
      this.#silent.add(socket);
      socket.once("close", () => {
        this.#open -= 1;
        this.#silent.delete(socket);
      });
      readPreface(socket, this.#limits.headersTimeout, readers);
    });
  }

  #peer(socket: Socket): Peer {
    const known = this.#peers.get(socket);
    if (known !== undefined) return known;
    const peer: Peer = { info: connectionOf(socket, "HTTP/1.1"), exchange: undefined };
    this.#peers.set(socket, peer);
    return peer;
  }

  #accept(request: IncomingMessage, response: ServerResponse): void {
    const peer = this.#peer(request.socket);
    const fields = fieldList(request.rawHeaders);
    const check = checkRequest({ method: request.method ?? "", version: request.httpVersion, fields });
    if (!check.ok) {
      this.#refuse(request, response, peer, check.status, check.detail);
      return;
    }
    const takesTrailers = acceptsTrailers(fields);
    stripHopByHop(fields);
    fields.remove("expect");
    const downstream = createNodeDownstream({
      request,
      response,
      takesTrailers,
      expectsContinue: check.expectsContinue,
      stallTimeout: this.#limits.stallTimeout,
      closing: () => this.#draining,
    });
    const exchange = new Exchange(
      {
        method: request.method ?? "GET",
        scheme: "http",
        authority: fields.get("host") ?? `${peer.info.serverAddress}:${peer.info.serverPort}`,
        target: request.url ?? "",
        path: "",
        query: undefined,
        fields,
        hasBody: check.hasBody,
        upgrade: undefined,
      },
      request.httpVersion === "1.1" ? peer.info : { ...peer.info, protocol: `HTTP/${request.httpVersion}` },
      downstream,
    );
    this.#carry(peer, exchange, response);
  }

  #carry(peer: Peer, exchange: Exchange, response: ServerResponse): void {
    peer.exchange = exchange;
    response.on("drain", () => exchange.drained());
    response.once("close", () => {
      if (peer.exchange === exchange) peer.exchange = undefined;
      exchange.closed(response.writableFinished ? undefined : "disconnected");
    });
    this.#handlers.exchange(exchange);
  }

  #refuse(request: IncomingMessage, response: ServerResponse, peer: Peer, status: number, detail: string): void {
    const body = refusalBody(status);
    response.writeHead(status, [
      "content-type",
      "application/json",
      "content-length",
      String(body.length),
      "connection",
      "close",
    ]);
    response.end(request.method === "HEAD" ? undefined : body);
    this.#report(peer.info, status, detail, request.method ?? "", request.url ?? "");
  }

  #refuseConnect(request: IncomingMessage, socket: Socket): void {
    endWith(socket, 405);
    this.#report(connectionOf(socket, "HTTP/1.1"), 405, "connect_unsupported", "CONNECT", request.url ?? "");
  }

  /** What the parser refuses: answered in the fewest bytes, logged, and the connection is closed. */
  #malformed(error: Error & { code?: string }, socket: Socket): void {
    const peer = this.#peer(socket);
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const status = statusOf(error.code);
    const { exchange } = peer;
    if (exchange === undefined) {
      endWith(socket, status);
      this.#report(peer.info, status, (error.code ?? "malformed").toLowerCase(), "", "");
      return;
    }
    const begun = exchange.state === "streaming";
    exchange.closed(departureOf(status));
    if (begun) socket.destroy();
    else endWith(socket, status);
  }

  #report(connection: ConnectionInfo, status: number, detail: string, method: string, target: string): void {
    this.#handlers.refused({ status, detail, connection, method, target });
  }
}

/** `te: trailers`, which counts only when `connection` names it (RFC 9110 10.1.4). */
function acceptsTrailers(fields: FieldList): boolean {
  const te = fields.get("te");
  return te !== undefined && /(?:^|,)\s*trailers\s*(?:,|$)/i.test(te) && connectionOptions(fields).includes("te");
}

const SILENT = Object.assign(new Error("no request"), { code: "ERR_HTTP_REQUEST_TIMEOUT" });

function statusOf(code: string | undefined): number {
  if (code === "HPE_HEADER_OVERFLOW") return 431;
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return 413;
  return code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
}

function departureOf(status: number): Departure {
  return status === 408 ? "slow" : "malformed";
}

function refusalBody(status: number): string {
  return JSON.stringify({ error: (STATUS_CODES[status] ?? "error").toLowerCase(), code: status });
}

function endWith(socket: Socket, status: number): void {
  const body = refusalBody(status);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}
