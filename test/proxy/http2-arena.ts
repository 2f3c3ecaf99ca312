import { once } from "node:events";
import { connect } from "node:net";
import type { TestContext } from "node:test";
import { type Clock, systemClock } from "../../runtime/telemetry/clock.ts";
import { ownTime } from "../own-time.ts";
import { snapshot, start, upstream } from "./fixture.ts";
import { block, frame, GET, type RawClient, rawClient } from "./http2-peers.ts";

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

/** A proxy with short times, a backend that never answers `/` and answers `/probe` at once. */
export async function arena(t: TestContext, limits = {}, clock: Clock = systemClock) {
  const requests = { begun: 0, running: 0, most: 0 };
  const port = await upstream(t, (request, response) => {
    if (request.url === "/probe") {
      response.end("alive");
      return;
    }
    requests.begun += 1;
    requests.running += 1;
    requests.most = Math.max(requests.most, requests.running);
    request.socket.once("close", () => {
      requests.running -= 1;
    });
  });
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] } }), { limits, clock });
  const probe = await startProbe(t, proxy.port);
  return { proxy, requests, probe, client: await rawClient(t, proxy.port) };
}

/** Asks again and again on a connection of its own; the longest answer in own milliseconds of this thread. */
async function startProbe(t: TestContext, port: number): Promise<{ stop(): Promise<number> }> {
  const socket = connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  await once(socket, "connect");
  let running = true;
  const loop = async () => {
    let longest = 0;
    while (running) {
      const began = ownTime();
      socket.write("GET /probe HTTP/1.1\r\nhost: test\r\n\r\n");
      let text = "";
      while (!text.includes("alive")) text += String((await once(socket, "data"))[0]);
      longest = Math.max(longest, ownTime() - began);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return longest;
  };
  const finished = loop();
  return {
    stop() {
      running = false;
      return finished;
    },
  };
}

export async function flood(
  { socket }: RawClient,
  pieces: number,
  piece: (index: number) => Buffer,
  batch = 100,
): Promise<void> {
  for (let i = 0; i < pieces && !socket.destroyed; i += batch) {
    const many = Array.from({ length: Math.min(batch, pieces - i) }, (_, index) => piece(i + index));
    if (!socket.write(Buffer.concat(many))) {
      await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => {});
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A request without a body, or the head of one with `end` 0. */
export const get = (stream: number, end = END_STREAM) => frame(HEADERS, END_HEADERS | end, stream, block(GET));
/** 32 bits. */
export const code = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
