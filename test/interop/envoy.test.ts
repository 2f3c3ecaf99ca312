import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { Agent, createServer, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { findEnvoy } from "../find-envoy.ts";
import { freePort } from "../free-port.ts";
import { type EnvoyProcess, startEnvoy } from "./hosts/envoy/envoy-process.ts";
import type { ListenerOptions } from "./hosts/envoy/listener.ts";
import { skipWithoutEnvoy } from "./hosts/envoy/skip-without-envoy.ts";

// What the tables do not say of a filter in a real Envoy: several threads, trailers, ticks, the end of an exchange, limits, and
// another configuration while requests run.

const THREADS = 2;
const LIMIT = 65_536;

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly trailers: IncomingMessage["trailers"];
  readonly body: string;
}

interface Sent {
  readonly port: number;
  readonly what?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly pieces?: readonly string[];
  readonly trailers?: Record<string, string>;
  readonly agent?: Agent;
}

describe("a filter in Envoy", { skip: skipWithoutEnvoy() }, () => {
  let envoy: EnvoyProcess;
  /** Echoes bodies and trailers of requests that come to their end. */
  const backend = createServer(async (request, response) => {
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    response.setHeader("x-length", request.headers["content-length"] ?? "chunked");
    response.setHeader("trailer", "x-end");
    response.addTrailers({ "x-end": `${request.trailers["x-end"] ?? "none"}` });
    response.end(request.headers["x-answer"] === undefined ? body : "y".repeat(Number(request.headers["x-answer"])));
  });

  before(async () => {
    envoy = await startEnvoy(findEnvoy() as string, THREADS);
    backend.listen(0, "127.0.0.1");
    await once(backend, "listening");
    await envoy.addCluster("app", (backend.address() as AddressInfo).port);
  });
  after(async () => {
    await envoy.stop();
    backend.close();
    backend.closeAllConnections();
  });

  /** The port of a listener in front of one filter. */
  async function listen(guest: string, more: Partial<ListenerOptions> = {}, config: object = {}): Promise<number> {
    const port = more.port ?? (await freePort());
    assert.ok(await configured(guest, { name: `${guest}-${port}`, ...more, port }, config));
    return port;
  }

  async function configured(
    guest: string,
    more: Pick<ListenerOptions, "name" | "port">,
    config: object,
  ): Promise<boolean> {
    const folder = join(import.meta.dirname, "..", "guests", guest);
    const { component } = await buildPlugin({ folder, target: "proxy-wasm" });
    const file = join(envoy.folder, `${guest}.wasm`);
    await writeFile(file, component);
    const filters = [{ name: guest, file, config, vmId: guest }];
    return envoy.addListener({ filters, routes: ["default/route/0"], cluster: "app", ...more });
  }

  /** A number among Envoy's statistics once it is as large as that. */
  async function statistic(name: string, least: number): Promise<number> {
    for (;;) {
      const text = await envoy.ask(`/stats?filter=^wasmcustom.heddle.witness.${name}$`);
      const value = Number(/: (\d+)/.exec(text)?.[1] ?? 0);
      if (value >= least) return value;
      await pause(10);
    }
  }

  test("of threads that make one key or bucket at once, one does", async () => {
    const [port, count, clients] = [await listen("witness"), 250, 6];
    for (const round of ["a", "b", "c", "d"]) {
      const headers = { "x-round": round, "x-count": count };
      const agents = Array.from({ length: clients }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
      const answers = await Promise.all(agents.map((agent) => send({ port, what: "race", headers, agent })));
      for (const agent of agents) agent.destroy();
      const wins = answers.map(({ body }) => body.split(" ").map(Number));
      const sum = (at: number) => wins.reduce((total, each) => total + (each[at] ?? Number.NaN), 0);
      assert.deepEqual([sum(0), sum(1)], [count, count], JSON.stringify(wins));
    }
  });

  test("ticks of every thread, ends of exchanges and metrics of every type are its host's", async () => {
    const port = await listen("witness", {}, { answer: "counted" });
    const logged = await statistic("logged", 0);
    await send({ port, what: "metrics", path: "/one?a=b", pieces: ["x"] });
    assert.equal(await statistic("logged", logged + 1), logged + 1);
    assert.equal(await statistic("last", 1), 3);
    const ticks = await statistic("ticks", 1);
    assert.ok((await statistic("ticks", ticks + 2 * THREADS)) > ticks);
    const lines = (await envoy.lines()).map(({ message }) => message);
    assert.ok(lines.includes("/one /one POST 200"), lines.join("\n"));
    const histograms = await envoy.ask("/stats?filter=^wasmcustom.heddle.witness.seen$");
    assert.match(histograms, /^wasmcustom\.heddle\.witness\.seen: /m);
  });

  test("lines keep their level, and are one line of ASCII", async () => {
    const port = await listen("witness", {}, { answer: "logs" });
    await send({ port, what: "levels" });
    const names = ["one", "two", "three", "four", "five \\u{fc}\\u{a}"];
    const found = (await envoy.lines()).filter(({ message }) => names.includes(message));
    assert.deepEqual(
      found.map(({ level, message }) => [level, message]),
      names.map((name, at) => [["trace", "debug", "info", "warning", "error"][at], name]),
    );
  });

  test("attributes and what a filter says of its span are the access log's to show", async () => {
    const state = (name: string) => `%FILTER_STATE(wasm.${name}:PLAIN)%`;
    const shown = {
      "x-path": state("out.path"),
      "x-count": state("heddle.count"),
      "x-hit": state("heddle.trace.cache.hit"),
    };
    const port = await listen("witness", { shown }, { answer: "shown" });
    const { headers } = await send({ port, what: "attributes", path: "/one?a=b" });
    assert.deepEqual([headers["x-path"], headers["x-count"], headers["x-hit"]], ["/one", "7.5", "true"]);
  });

  const TRAILERS: Record<string, [what: string, pieces: readonly string[], body: RegExp]> = {
    "a filter that does not want the body": ["none", ["one ", "two"], /^one two$/],
    "a body that is wanted whole": ["whole", ["one ", "two"], /^one two\|7$/],
    "a body piece by piece": ["pieces", ["one"], /^<one>(<>)?$/],
    "pieces that are kept until the last": ["more", ["one ", "two ", "three"], /^one two three\|13$/],
    "a body that is dropped": ["drop", ["one"], /^$/],
    "a response that is wanted whole": ["loud", ["one ", "two"], /^ONE TWO$/],
  };
  for (const [name, [what, pieces, body]] of Object.entries(TRAILERS)) {
    test(`trailers pass: ${name}`, async () => {
      const port = await listen("all-round");
      const answer = await send({ port, what, pieces, trailers: { "x-end": "7" } });
      assert.deepEqual([answer.status, answer.trailers["x-end"]], [200, "7"], answer.body);
      assert.match(answer.body, body);
    });
  }

  test("a request that is answered at its trailers", async () => {
    const port = await listen("all-round");
    const answer = await send({ port, what: "order", pieces: ["cof", "fee"], trailers: { "x-end": "7" } });
    assert.deepEqual([answer.status, answer.body], [400, '{"error":"expected JSON"}']);
  });

  test("a body beyond the buffer: 413 and 500 where it is wanted whole, none where it streams", async () => {
    const port = await listen("all-round", { bufferLimit: LIMIT });
    const large = "z".repeat(4 * LIMIT);
    const of = async (sent: Omit<Sent, "port">) => (await send({ port, ...sent })).status;
    assert.equal(await of({ what: "whole", pieces: [large] }), 413);
    assert.equal(await of({ what: "more", pieces: [large, large] }), 413);
    assert.equal(await of({ what: "loud", headers: { "x-answer": 4 * LIMIT } }), 500);
    const streamed = await send({ port, what: "pieces", pieces: [large] });
    assert.equal(streamed.body.replaceAll(/[<>]/g, ""), large);
    assert.equal(streamed.headers["x-length"], "chunked");
    const passed = await send({ port, what: "none", headers: { "x-answer": 4 * LIMIT } });
    assert.equal(passed.body.length, 4 * LIMIT);
  });

  test("another configuration takes over while requests run; one that is refused changes nothing", async () => {
    const port = await listen("witness", { name: "changing" }, { answer: "first" });
    const answered = async () => {
      const { status, body } = await send({ port });
      assert.equal(status, 200);
      return body;
    };
    assert.equal(await answered(), "first");
    assert.equal(await configured("witness", { name: "changing", port }, { answer: "refused" }), false);
    assert.equal(await answered(), "first");
    const change = configured("witness", { name: "changing", port }, { answer: "second" });
    for (let row = 0; row < 20; ) {
      const body = await answered();
      assert.match(body, /^(first|second)$/);
      row = body === "second" ? row + 1 : 0;
    }
    assert.equal(await change, true);
  });
});

/** On a connection of its own unless an agent is given. */
async function send({ port, what, path = "/", headers = {}, pieces, trailers, agent }: Sent): Promise<Answer> {
  const request = httpRequest({
    ...{ host: "127.0.0.1", port, path, agent: agent ?? false, method: pieces === undefined ? "GET" : "POST" },
    headers: { ...headers, ...(what === undefined ? {} : { "x-do": what }) },
  });
  for (const piece of pieces ?? []) request.write(piece);
  if (trailers !== undefined) request.addTrailers(trailers);
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const body = (await buffer(response)).toString();
  return { status: response.statusCode ?? 0, headers: response.headers, trailers: response.trailers, body };
}
