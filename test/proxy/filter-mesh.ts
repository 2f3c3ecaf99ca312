import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import type { TestContext } from "node:test";
import type { Snapshot } from "../../runtime/config/snapshot.ts";
import { guestTargets } from "../../runtime/proxy/guest-targets.ts";
import type { GenerationOptions } from "../../runtime/wasm/generation.ts";
import type { GuestCalls } from "../../runtime/wasm/guest-calls.ts";
import { createSlot } from "../../runtime/wasm/slot.ts";
import { type Filter, type FilterText, startFilter } from "../wasm/proxy-wasm/filters.ts";
import { pairsText, type Step } from "../wasm/proxy-wasm/script.ts";
import { plugin, rule, snapshot, start, upstream } from "./fixture.ts";

const NAME = "test/filter";

/** A proxy with one filter in front of a backend that answers what it was sent, and of one that authorises. */
export async function filterMesh(
  t: TestContext,
  filter: FilterText,
  proxyWasm: GenerationOptions["proxyWasm"] = {},
  changes: Partial<Parameters<typeof snapshot>[0]> = {},
  change = (given: Snapshot) => given,
) {
  const app = await upstream(t, async (request, response) => {
    const body = await buffer(request);
    response.setHeader("x-backend", "app");
    response.end(`${request.method} ${request.url} ${request.headers["x-added"] ?? ""} ${body}`);
  });
  const auth = await upstream(t, (request, response) => response.end(request.url));
  let calls: GuestCalls | undefined;
  const { generation, services } = await startFilter(filter, {
    name: NAME,
    backends: ["test/auth:80"],
    proxyWasm,
    services: {
      targets: guestTargets,
      calls: {
        knows: (backend) => (calls as GuestCalls).knows(backend),
        send: (call, done) => (calls as GuestCalls).send(call, done),
      },
    },
  });
  const slot = createSlot(NAME);
  slot.swap(generation);
  const given = snapshot({
    rules: [rule({ plugins: [NAME] })],
    plugins: [plugin(NAME)],
    clusters: { "test/app:80": [app], "test/auth:80": [auth] },
    ...changes,
  });
  const running = await start(t, change(given), { slots: (name) => (name === NAME ? slot : undefined) });
  calls = running.proxy.calls;
  return { ...running, app, auth, generation, lines: linesOf(services) };
}

function linesOf(services: Filter["services"]): () => string[] {
  return () => services.lines.map(({ message }) => message);
}

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Sends a request, with a body in pieces where there are any. */
export async function send(
  port: number,
  pieces: readonly string[] = [],
  headers: Record<string, string> = {},
  path = "/in",
): Promise<Answer> {
  const method = pieces.length === 0 ? "GET" : "POST";
  const request = httpRequest({ port, host: "127.0.0.1", path, method, headers });
  for (const piece of pieces) request.write(piece);
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const body = await buffer(response);
  return { status: response.statusCode, headers: response.headers, body: body.toString() };
}

/** Asks the backend that authorises. */
export const call = (path: string): Step => [
  "proxy_http_call",
  ...([
    "auth",
    pairsText([
      [":method", "GET"],
      [":path", path],
      [":authority", "auth"],
    ]),
    "",
    "",
    1000,
    64,
  ] as const),
];

/** What the first exchange is called, and lets it go on. */
export const ACT_ON_FIRST: Step = ["proxy_set_effective_context", 2];
export const goOn = (direction: 0 | 1): Step => ["proxy_continue_stream", direction];
