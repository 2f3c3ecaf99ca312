import { once } from "node:events";
import type { TestContext } from "node:test";
import { type Clock, systemClock } from "../../runtime/telemetry/clock.ts";
import { snapshot, upstream } from "./fixture.ts";
import { block, frame, GET, type RawClient, rawClient } from "./http2-peers.ts";
import { startWatched } from "./watched.ts";

export const DATA = 0;
export const HEADERS = 1;
export const PRIORITY = 2;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PING = 6;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;
export const END_HEADERS = 4;
export const END_STREAM = 1;

/** A proxy with short times, which another client asks all the time, and a backend that never answers. */
export async function arena(t: TestContext, limits = {}, clock: Clock = systemClock) {
  const requests = { begun: 0, running: 0, most: 0 };
  const port = await upstream(t, (request) => {
    requests.begun += 1;
    requests.running += 1;
    requests.most = Math.max(requests.most, requests.running);
    request.socket.once("close", () => {
      requests.running -= 1;
    });
  });
  const proxy = await startWatched(t, snapshot({ clusters: { "test/app:80": [port] } }), { limits, clock });
  return { proxy, requests, client: await rawClient(t, proxy.port) };
}

/** Sends pieces until the connection is closed; resolves to the most memory that was resident meanwhile, in bytes. */
export async function flood(
  { socket }: RawClient,
  pieces: number,
  piece: (index: number) => Buffer,
  batch = 100,
): Promise<number> {
  let most = process.memoryUsage.rss();
  for (let i = 0; i < pieces && !socket.destroyed; i += batch) {
    const many = Array.from({ length: Math.min(batch, pieces - i) }, (_, index) => piece(i + index));
    if (!socket.write(Buffer.concat(many))) {
      await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => {});
    }
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, process.memoryUsage.rss());
  }
  return most;
}

/** A request without a body, or the head of one with `end` 0. */
export const get = (stream: number, end = END_STREAM) => frame(HEADERS, END_HEADERS | end, stream, block(GET));
/** 32 bits. */
export const code = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
