import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from "node:http";
import { createServer as createSecureServer, request as secureRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { authority, certificateFor, type TestCertificate } from "../../certificates.ts";
import { otherFields, type Scene, type Shot } from "./scene.ts";

/** The backends behind both hosts, by the names of their clusters. */
export interface Stage {
  readonly ports: Readonly<Record<"app" | "auth" | "safe", number>>;
  /** Who has signed the certificate of `safe`, for `safe.test`. */
  readonly authority: TestCertificate;
  /** For hosts over TLS. */
  readonly certificate: TestCertificate;
  close(): void;
}

/** `app` answers what it was sent, as does `safe` over TLS; `auth` what it was asked for. */
export async function openStage(): Promise<Stage> {
  const echo: RequestListener = async (request, response) => {
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    response.sendDate = false;
    response.setHeader("x-backend", "app");
    const text = `${request.method} ${request.url} ${otherFields(pairsOf(request.rawHeaders))} ${body} ${JSON.stringify(request.trailers)}`;
    if (request.headers["x-want"] === "trailers") {
      response.setHeader("trailer", "x-end");
      response.write(text);
      response.addTrailers({ "x-end": "1" });
      response.end();
    } else response.end(text);
  };
  const ca = authority("Test CA");
  const own = certificateFor(["safe.test", "other.test"], { issuer: ca, uris: ["spiffe://shop/safe"] });
  const app = createServer(echo);
  const safe = createSecureServer({ cert: own.chain, key: own.key }, echo);
  const auth = createServer(async (request, response) => {
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    response.sendDate = false;
    response.setHeader("x-auth", "yes");
    if (request.url === "/500") response.statusCode = 500;
    if (request.url === "/reset") request.socket.destroy();
    else response.end(`${request.method} ${request.url} ${request.headers["x-call"] ?? ""} ${body}`);
  });
  const ports = { app: await listen(app), auth: await listen(auth), safe: await listen(safe) };
  return {
    ports,
    authority: ca,
    certificate: certificateFor(["shop.test"], { uris: ["spiffe://shop/proxy"] }),
    close() {
      for (const server of [app, auth, safe]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Waits for something among the lines of each filter. */
export type Until = (holds: (lines: readonly (readonly string[])[]) => boolean) => Promise<void>;

/** What the client sees, in one line. A piece of a body is sent when a filter that wants bodies has seen the one before. */
export function shoot(port: number, { filters, secure = false }: Scene, shot: Shot, until: Until): Promise<string> {
  const { path = "/in?a=1", headers, pieces = [], trailers } = shot;
  const method = pieces.length === 0 ? "GET" : "POST";
  const announced = trailers === undefined ? {} : { trailer: Object.keys(trailers).join(",") };
  const fields = { host: "shop.test", ...announced, ...headers };
  const sees = filters.findIndex(({ wat }) => wat.includes("proxy_on_request_body"));
  return new Promise((resolve) => {
    const target = { host: "127.0.0.1", port, method, path, headers: fields, agent: false as const };
    const outgoing = secure
      ? secureRequest({ ...target, servername: "shop.test", rejectUnauthorized: false })
      : httpRequest(target);
    outgoing.on("response", (response) => void answerOf(response).then(resolve));
    outgoing.on("error", () => resolve("no response"));
    void (async () => {
      for (const [at, piece] of pieces.entries()) {
        outgoing.write(piece);
        if (sees >= 0) await until((lines) => bodyCalls(lines[sees]) > at);
      }
      if (trailers !== undefined) outgoing.addTrailers(trailers);
      outgoing.end();
    })();
  });
}

function bodyCalls(lines: readonly string[] = []): number {
  return lines.filter((line) => /^request_body \d/.test(line)).length;
}

async function answerOf(response: IncomingMessage): Promise<string> {
  const body = await buffer(response).catch(() => "broken off");
  const ends = Object.keys(response.trailers).length === 0 ? "" : ` ${JSON.stringify(response.trailers)}`;
  return `${response.statusCode} ${otherFields(pairsOf(response.rawHeaders))} [${body}]${ends}`;
}

function pairsOf(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at] as string, raw[2 * at + 1] as string]);
}
