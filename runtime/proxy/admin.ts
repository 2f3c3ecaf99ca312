import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Rejection } from "../config/last-good.ts";
import type { Snapshot } from "../config/snapshot.ts";
import { HeddleError, messageOf } from "../errors.ts";
import { withTerms } from "./cluster-terms.ts";
import type { ClusterView } from "./cluster-view.ts";
import { describeSnapshot } from "./describe.ts";
import { type Arrivals, withArrivals } from "./plugin-arrival.ts";
import type { PluginView } from "./plugin-view.ts";

// To import the module would load Node's own copy of undici through its getters: 5 MB.
const { createServer } = process.getBuiltinModule("node:http");

export interface AdminOptions {
  host: string;
  port: number;
  state(): string;
  ready(): boolean;
  plugins(): PluginView[] | Promise<PluginView[]>;
  /** Says why a plugin is not loaded. */
  arrivals?: Arrivals | undefined;
  snapshot(): Snapshot;
  /** Documents that are refused now. */
  rejected?: (() => readonly Rejection[]) | undefined;
  clusters(): ClusterView[] | Promise<ClusterView[]>;
  metrics(): string;
  active(): number;
  drain(): void;
}

export interface Admin {
  readonly url: string;
  close(): Promise<void>;
}

interface Page {
  readonly method: "GET" | "POST";
  readonly help: string;
  answer(options: AdminOptions): Answer | Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type: string;
}

const PAGES: Readonly<Record<string, Page>> = {
  "/ready": {
    method: "GET",
    help: "200 when the proxy serves and every plugin that must decide is loaded; says why one is not, or is in quarantine",
    answer: ready,
  },
  "/plugins": {
    method: "GET",
    help: "plugins and their running generations, or why there is none",
    answer: async (o) => json(200, withArrivals(await o.plugins(), o.arrivals)),
  },
  "/config": {
    method: "GET",
    help: "the configuration that is served",
    answer: (o) => json(200, describeSnapshot(o.snapshot())),
  },
  "/rejected": {
    method: "GET",
    help: "documents that are not served as they are written: why, and whether an earlier version of them is",
    answer: (o) => json(200, o.rejected?.() ?? []),
  },
  "/clusters": {
    method: "GET",
    help: "backends, their endpoints, and how they are spoken to: protocol, TLS, or why not at all",
    answer: async (o) => json(200, withTerms(await o.clusters(), o.snapshot().clusters)),
  },
  "/metrics": {
    method: "GET",
    help: "Prometheus metrics",
    answer: (o) => ({ status: 200, body: o.metrics(), type: "text/plain; version=0.0.4; charset=utf-8" }),
  },
  "/drain": { method: "POST", help: "stop accepting and finish what runs", answer: drain },
};

/** The operator's view of a proxy, on a port of its own that should stay on loopback. */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const server = createServer((request, response) => void serve(options, request, response));
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, { host, port }: AdminOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const message = `expected to listen on ${host}:${port} for the admin endpoint, but it failed with ${cause.code}`;
      reject(
        new HeddleError("LISTEN_FAILED", message, { where: "--admin", remedy: "Choose another --admin port.", cause }),
      );
    });
    server.listen({ host, port }, () => resolve());
  });
}

async function serve(options: AdminOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body, type } = await answerSafely(options, request);
  const page = PAGES[pathOf(request)];
  if (status === 405 && page !== undefined) response.setHeader("allow", page.method);
  response.writeHead(status, {
    "content-type": type,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(request.method === "HEAD" ? undefined : body);
  request.resume();
}

/** Any other name in a Host field means a browser whose page's name was pointed at this address (DNS rebinding). */
const LOCAL_HOST = /^(?:localhost|[0-9.]+|\[[0-9a-f:.]+\])(?::[0-9]+)?$/i;
const LOOPBACK = /^(?:127\.|::1$|localhost$)/;

/** A page that cannot be made costs itself alone, not the process. */
async function answerSafely(options: AdminOptions, request: IncomingMessage): Promise<Answer> {
  try {
    return await answer(options, request);
  } catch (error) {
    return json(500, { error: `${pathOf(request)} could not be made: ${messageOf(error)}` });
  }
}

function answer(options: AdminOptions, request: IncomingMessage): Answer | Promise<Answer> {
  if (LOOPBACK.test(options.host) && !LOCAL_HOST.test(request.headers.host ?? "localhost")) {
    return json(421, { error: "expected the Host field to be an address or localhost" });
  }
  const path = pathOf(request);
  if (path === "/") return json(200, help());
  const page = Object.hasOwn(PAGES, path) ? PAGES[path] : undefined;
  if (page === undefined) return json(404, { error: "no such page", pages: help() });
  const method = request.method === "HEAD" ? "GET" : request.method;
  if (method !== page.method) return json(405, { error: `${path} wants ${page.method}` });
  // A web page may make a browser post here, but not without saying where it comes from.
  if (page.method === "POST" && request.headers.origin !== undefined) return json(403, { error: "not for browsers" });
  return page.answer(options);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?")[0] ?? "/";
}

function help(): Record<string, string> {
  return Object.fromEntries(Object.entries(PAGES).map(([path, page]) => [`${page.method} ${path}`, page.help]));
}

async function ready(options: AdminOptions): Promise<Answer> {
  const shown = withArrivals(await options.plugins(), options.arrivals);
  const plugins = shown.map(({ name, loaded, required, version, state, error, tries, quarantine }) => ({
    ...{ name, loaded, required, version, state, error, tries, quarantine },
  }));
  return json(options.ready() ? 200 : 503, { ready: options.ready(), state: options.state(), plugins });
}

function drain(options: AdminOptions): Answer {
  options.drain();
  return json(202, { state: options.state(), active: options.active() });
}

function json(status: number, value: unknown): Answer {
  return { status, body: `${JSON.stringify(value, undefined, 2)}\n`, type: "application/json" };
}
