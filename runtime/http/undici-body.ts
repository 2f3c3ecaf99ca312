import { Readable } from "node:stream";
import type { BodySource } from "./exchange.ts";
import { sendTrailers } from "./undici-socket.ts";

/**
 * A request's body in the form that undici takes. It opens the source on the first read, which undici does only once it
 * has a connection: a failed connection leaves the body whole for another endpoint.
 */
export function createUndiciBody(open: () => BodySource): Readable {
  let source: BodySource | undefined;
  const body = new Readable({
    highWaterMark: 65_536,
    read() {
      if (source !== undefined) {
        source.resume();
        return;
      }
      source = open();
      source.flow({
        write: (chunk) => body.push(chunk),
        end(trailers) {
          // Before undici's own listener, which writes the last chunk.
          if (trailers !== undefined) body.prependOnceListener("end", () => sendTrailers(trailers));
          body.push(null);
        },
        fail: (reason) => void body.destroy(new Error(`request body: ${reason}`)),
      });
    },
  });
  // undici hears the error through the call; without a listener of ours a late one would end the process.
  body.on("error", () => {});
  return body;
}
