import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import { sha256 } from "../../runtime/artifact/digest.ts";
import { freePort } from "../free-port.ts";

/** What a registry that belongs to the attacker may answer in place of the truth. */
export type Tamper = (path: string, honest: Uint8Array) => Uint8Array | ((response: ServerResponse) => void);

/** What a proxy reports. */
export interface Report {
  readonly proxy: string;
  readonly seq: number;
  readonly error?: { readonly code: string; readonly detail: string };
  readonly plugins: readonly {
    readonly name: string;
    readonly state: string;
    readonly version?: string;
    readonly digest?: string;
    readonly error?: { readonly code: string; readonly detail: string };
  }[];
}

/**
 * A registry that stores what is pushed and then lies as told: it holds no keys, as a compromised one would not.
 * Honest answers are as small as clients need; the registry of this project is tested elsewhere.
 */
export interface HostileRegistry {
  readonly url: string;
  readonly host: string;
  /** Every request, as `METHOD path`. */
  readonly requests: string[];
  tamper: Tamper | undefined;
  /** The envelope that the control plane hands out; a new one goes to every watcher. */
  desire(envelope: unknown): void;
  /** Bodies of the reports, in order, and a wait for one that satisfies. */
  readonly reports: Report[];
  reported(condition: (report: Report) => boolean): Promise<Report>;
  /** Drops every connection; refuses new ones until `restart`. */
  stop(): Promise<void>;
  restart(): Promise<void>;
}

export async function startHostileRegistry(t: TestContext): Promise<HostileRegistry> {
  const contents = new Map<string, { bytes: Uint8Array; type: string }>();
  const subjects = new Map<string, object[]>();
  const watchers = new Set<ServerResponse>();
  const waiting = new Set<() => void>();
  let envelope: unknown;
  let rev = 0;

  const server = createServer((request, response) => {
    void respond(request, response).catch(() => response.destroy());
  });
  // Nobody else may get it between a stop and a restart, a proxy that looks for the registry least of all.
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const host = `127.0.0.1:${port}`;

  const registry: HostileRegistry = {
    url: `http://${host}`,
    host,
    requests: [],
    tamper: undefined,
    desire(next) {
      envelope = next;
      rev += 1;
      for (const watcher of watchers) sendDesired(watcher);
    },
    reports: [],
    reported: (condition) =>
      new Promise((resolve) => {
        const look = () => {
          const found = registry.reports.find(condition);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    restart: () => new Promise((resolve) => server.listen(port, "127.0.0.1", resolve)),
  };
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return registry;

  function sendDesired(watcher: ServerResponse): void {
    watcher.write(`event: desired\nid: ${rev}\ndata: ${JSON.stringify({ rev, envelope })}\n\n`);
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", registry.url);
    registry.requests.push(`${request.method} ${url.pathname}`);
    const body = await readBody(request);
    if (url.pathname.startsWith("/api/")) return control(url, request, response, body);
    if (request.method === "POST") return void response.writeHead(202, { location: `${url.pathname}one` }).end();
    if (request.method === "PUT") return store(url, request, response, body);
    const referrers = /\/referrers\/(.*)$/.exec(url.pathname);
    if (referrers) return answer(response, url.pathname, jsonOf({ manifests: subjects.get(referrers[1] ?? "") ?? [] }));
    const found = contents.get(keyOf(url.pathname));
    if (found === undefined) return void response.writeHead(404).end();
    answer(response, url.pathname, found.bytes, found.type);
  }

  function store(url: URL, request: IncomingMessage, response: ServerResponse, body: Uint8Array): void {
    const digest = url.searchParams.get("digest") ?? sha256(body);
    const type = request.headers["content-type"] ?? "";
    contents.set(digest, { bytes: body, type });
    if (url.pathname.includes("/manifests/")) {
      contents.set(keyOf(url.pathname), { bytes: body, type });
      const { subject, artifactType } = JSON.parse(Buffer.from(body).toString());
      const entry = { mediaType: type, digest, size: body.length, artifactType };
      if (subject) response.setHeader("oci-subject", subject.digest);
      if (subject) subjects.set(subject.digest, [...(subjects.get(subject.digest) ?? []), entry]);
    }
    response.writeHead(201).end();
  }

  function answer(response: ServerResponse, path: string, honest: Uint8Array, type = "application/json"): void {
    const told = registry.tamper?.(path, honest) ?? honest;
    response.setHeader("content-type", type);
    if (typeof told === "function") told(response);
    else response.end(told);
  }

  function control(url: URL, request: IncomingMessage, response: ServerResponse, body: Uint8Array): void {
    if (url.pathname.endsWith("/status")) {
      registry.reports.push(JSON.parse(Buffer.from(body).toString()));
      response.writeHead(204).end();
      for (const look of [...waiting]) look();
    } else if (url.pathname.endsWith("/watch")) {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      watchers.add(response);
      response.on("close", () => watchers.delete(response));
      if (envelope !== undefined && request.headers["last-event-id"] !== String(rev)) sendDesired(response);
    } else if (request.method === "PUT") {
      registry.desire(JSON.parse(Buffer.from(body).toString()));
      response.writeHead(204).end();
    } else if (envelope === undefined) response.writeHead(404).end();
    else response.end(jsonOf({ rev, envelope }));
  }
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function keyOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function jsonOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
