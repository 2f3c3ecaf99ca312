import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { Agent, type IncomingMessage, request as send } from "node:http";
import { join } from "node:path";
import { workerData } from "node:worker_threads";
import { buildFromSources } from "../../../../runtime/build/build-from-sources.ts";
import { createSources } from "../../../../runtime/build/sources.ts";
import { packageRoot } from "../../../../runtime/package.ts";
import type { Attribute } from "../../../../runtime/wasm/exchange.ts";
import { freePort } from "../../../free-port.ts";
import { startEnvoy } from "./envoy-process.ts";
import type { WasmFilter } from "./listener.ts";
import type { Answer, Seen, Start, Wish } from "./messages.ts";
import { type Arrival, pairs, Upstreams } from "./upstreams.ts";

/** The clock of the filter under test: it shows what the test says. */
const TIME = `import { hostField } from "./fields";
import { FieldMap } from "./wire";
export function realTime(): f64 {
  const now = hostField(FieldMap.Request, "x-test-now");
  return now === null ? 0 : F64.parseFloat(now);
}
export function monotonicTime(): f64 {
  return realTime();
}
`;
const UNCHOSEN = "unchosen";
const REFUSAL = /the configuration is refused: (.*)$/;

interface Mount {
  readonly name: string;
  readonly port: number;
}

const { command, port, signal } = workerData as Start;
const envoy = await startEnvoy(command);
Atomics.store(signal, 1, envoy.pid);
const upstreams = new Upstreams();
const agent = new Agent({ keepAlive: true });
const mounts: Mount[] = [];
const modules = new Map<string, Promise<WasmModule>>();
await addCluster(UNCHOSEN);

/** The exchange that the test is about: what the backend waits to answer, and what the client waits for. */
let arrived: Arrival | undefined;
let answered: Promise<Seen> | undefined;

interface WasmModule {
  readonly name: string;
  readonly file: string;
}

port.on("message", (wish: Wish) => {
  perform(wish)
    .catch((error: unknown): Answer => ({ kind: "failed", message: String((error as Error).stack) }))
    .then((answer) => {
      port.postMessage(answer);
      Atomics.store(signal, 0, 1);
      Atomics.notify(signal, 0);
    });
});

async function perform(wish: Wish): Promise<Answer> {
  switch (wish.what) {
    case "mount":
      return mount(wish);
    case "request":
      return { kind: "seen", seen: await request(wish) };
    case "respond":
      return { kind: "seen", seen: await respond(wish) };
    case "counters":
      return { kind: "counters", counters: await counters() };
    case "lines":
      return { kind: "lines", lines: await envoy.lines() };
    case "unmount":
      envoy.removeListener(mounts[wish.mount]?.name ?? "");
      return { kind: "done" };
  }
}

async function mount(wish: Wish & { what: "mount" }): Promise<Answer> {
  const { folder, config, backends, routes, names } = wish;
  for (const name of backends) await addCluster(name);
  const tested = await moduleOf(folder, TIME);
  const scribe = await moduleOf(join(packageRoot, "test", "guests", "scribe"));
  const vm = (part: string): string => `${part}-${mounts.length}-${randomUUID()}`;
  const filters: WasmFilter[] = [
    { ...scribe, config: { names, behind: false }, vmId: vm("before") },
    { ...tested, config, vmId: vm("tested") },
    { ...scribe, config: { names, behind: true }, vmId: vm("behind") },
  ];
  const [name, listening] = [`mount-${mounts.length}`, await freePort()];
  const before = (await envoy.lines()).length;
  const taken = await envoy.addListener({ name, port: listening, filters, routes, cluster: UNCHOSEN });
  if (taken) return { kind: "mounted", mount: mounts.push({ name, port: listening }) - 1 };
  const said = (await envoy.lines()).slice(before).map(({ message }) => message);
  return { kind: "refused", message: refusalIn(said) ?? said.join("\n") };
}

function refusalIn(said: readonly string[]): string | undefined {
  return said.map((line) => REFUSAL.exec(line)?.[1]).find((line) => line !== undefined);
}

async function addCluster(name: string): Promise<void> {
  if (!upstreams.has(name)) await envoy.addCluster(name, await upstreams.add(name));
}

/** A filter built for proxy-wasm, once. @param time in place of the SDK's */
function moduleOf(folder: string, time?: string): Promise<WasmModule> {
  const known = modules.get(folder);
  if (known !== undefined) return known;
  const building = buildModule(folder, time);
  modules.set(folder, building);
  return building;
}

async function buildModule(folder: string, time: string | undefined): Promise<WasmModule> {
  const sources = createSources(folder);
  if (time !== undefined) sources.provide("node_modules/heddle/sdk/proxy-wasm/time.ts", time);
  const { component, manifest } = await buildFromSources(folder, sources, folder, "proxy-wasm");
  const file = join(envoy.folder, `${manifest.name}.wasm`);
  await writeFile(file, component);
  return { name: manifest.name, file };
}

async function request({ mount, method, path, fields, pieces }: Wish & { what: "request" }): Promise<Seen> {
  await finish();
  const { port: to } = mounts[mount] as Mount;
  const arrival = upstreams.next();
  const answer = exchange({ port: to, method, path, fields, pieces });
  answered = answer;
  const first = await Promise.race([arrival, answer]);
  if (!("answer" in first)) {
    answered = undefined;
    return first;
  }
  arrived = first;
  const { attributes, rest } = report(first.fields);
  const chosen = first.cluster === UNCHOSEN ? undefined : first.cluster;
  return { kind: "next", status: 0, fields: rest, body: first.body, cluster: chosen, detail: undefined, attributes };
}

/** Ends the last exchange, which nobody asks about any more. */
async function finish(): Promise<void> {
  arrived?.answer({ status: 200, fields: [], pieces: [] });
  arrived = undefined;
  await answered?.catch(() => undefined);
  answered = undefined;
}

async function respond({ status, fields, pieces }: Wish & { what: "respond" }): Promise<Seen> {
  arrived?.answer({ status, fields, pieces });
  arrived = undefined;
  if (answered === undefined) throw new Error("there is no request to respond to");
  return answered;
}

interface Sent {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly pieces: readonly Uint8Array[];
}

function exchange({ port: to, method, path, fields, pieces }: Sent): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const headers = fields.flat();
    const outgoing = send({ host: "127.0.0.1", port: to, method, path, agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => void parts.push(part));
      response.on("end", () => resolve(seenBy(response, Buffer.concat(parts))));
    });
    outgoing.on("error", reject);
    for (const piece of pieces) outgoing.write(piece);
    outgoing.end();
  });
}

function seenBy(response: IncomingMessage, body: Buffer): Seen {
  const { attributes, rest } = report(pairs(response.rawHeaders));
  const of = (name: string) => rest.find(([one]) => one === name)?.[1];
  const detail = of("x-test-detail");
  const kind = of("x-test-upstream") !== undefined ? "next" : detail === "wasm_fail_stream" ? "fault" : "respond";
  return { kind, status: response.statusCode ?? 0, fields: rest, body, cluster: undefined, detail, attributes };
}

/** Takes the scribe's report out of the fields of a message. */
function report(fields: readonly (readonly [string, string])[]): Pick<Seen, "attributes"> & { rest: Seen["fields"] } {
  const seen = fields.find(([name]) => name === "x-test-seen")?.[1];
  const attributes = JSON.parse(Buffer.from(seen ?? "e30", "base64url").toString()) as Record<string, Attribute>;
  return { attributes, rest: fields.filter(([name]) => name !== "x-test-seen") };
}

/** `heddle.PLUGIN.NAME` of every counter. */
async function counters(): Promise<Record<string, number>> {
  const text = await envoy.ask("/stats?filter=^wasmcustom.heddle");
  const found = [...text.matchAll(/^wasmcustom\.heddle\.[\w-]+\.(\w+): (\d+)$/gm)];
  return Object.fromEntries(found.map(([, name = "", value]) => [name, Number(value)]));
}
