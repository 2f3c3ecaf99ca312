import { request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { measureCpu } from "./cpu-load.ts";
import { startHeddle } from "./peer/heddle.ts";
import type { Plugin } from "./peer/heddle-mesh.ts";
import { startBodyUpstream } from "./peer/node-script.ts";
import type { Server } from "./peer/server.ts";
import { forgetPeak, peakBytes, residentBytes } from "./resident.ts";
import { type Start, withServers } from "./servers.ts";

/** One large body through the proxy, and what the proxy's memory did. */
export interface BodyRun {
  readonly what: string;
  /** Resident bytes of the idle process that had served requests, and the most while the body passed. */
  readonly before: number;
  readonly peak: number;
}

/** Sends so many bytes down and up, each once with their length and once chunked; then all of it through a filter that rewrites every piece. */
export function runBodies(bytes: number): Promise<BodyRun[]> {
  return withServers(async (start) => {
    const upstream = await start(startBodyUpstream({ name: "upstream", upstream: 0, cpu: 1 }));
    return [
      ...(await runThrough([], upstream, bytes, start)),
      ...(await runThrough(["passing"], upstream, bytes, start)),
    ];
  });
}

async function runThrough(plugins: Plugin[], upstream: Server, bytes: number, start: Start): Promise<BodyRun[]> {
  const heddle = await start(startHeddle({ name: "heddle", upstream: upstream.port, cpu: 0, plugins, workers: 1 }));
  await measureCpu(heddle, { connections: 8, cpu: 1 }, 2);
  await pause(QUIET);
  const before = residentBytes(heddle.pid);
  const runs: BodyRun[] = [];
  for (const chunked of [false, true]) {
    for (const [way, send] of Object.entries({ down: download, up: upload })) {
      const path = plugins.length === 0 ? "" : ", through a filter";
      const what = `${bytes / 1e9} GB ${way}, ${chunked ? "chunked" : "with a length"}${path}`;
      forgetPeak(heddle.pid);
      await send(heddle.port, bytes, chunked);
      runs.push({ what, before, peak: peakBytes(heddle.pid) });
    }
  }
  return runs;
}

/** Milliseconds after the last request until a process has given back what it does not need. */
const QUIET = 6_000;

/** Milliseconds for which whoever receives a body stops reading, so that the proxy must hold the sender back. */
const PAUSE = 1000;

async function download(port: number, bytes: number, chunked: boolean): Promise<void> {
  const call = request({ port, host: "127.0.0.1", path: `/down?bytes=${bytes}&chunked=${chunked}` });
  call.end();
  const { promise, resolve, reject } = Promise.withResolvers<Readable>();
  call.on("response", resolve).on("error", reject);
  const response = await promise;
  let received = 0;
  await pause(PAUSE);
  for await (const chunk of response) received += (chunk as Buffer).length;
  if (received !== bytes) throw new Error(`expected a body of ${bytes} bytes, got ${received}`);
}

/** The upstream pauses as the first bytes come, and answers with what it got. */
async function upload(port: number, bytes: number, chunked: boolean): Promise<void> {
  const headers = chunked ? {} : { "content-length": bytes };
  const call = request({ port, host: "127.0.0.1", method: "PUT", path: `/up?pause=${PAUSE}`, headers });
  const answer = new Promise<string>((resolve, reject) => {
    call.on("error", reject);
    call.on(
      "response",
      (response) =>
        void response
          .setEncoding("latin1")
          .toArray()
          .then((parts) => resolve(parts.join("")), reject),
    );
  });
  await pipeline(Readable.from(pieces(bytes)), call);
  const got = await answer;
  if (got !== String(bytes))
    throw new Error(`expected the upstream to get ${bytes} bytes, it says ${got.slice(0, 100)}`);
}

function* pieces(bytes: number): Generator<Buffer> {
  const piece = Buffer.alloc(65_536, "x");
  for (let left = bytes; left > 0; left -= piece.length) yield left < piece.length ? piece.subarray(0, left) : piece;
}
