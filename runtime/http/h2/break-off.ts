import type { Http2Stream } from "node:http2";

/**
 * Resets a stream whose message is not complete. `close` with an error code would first end the message in good order,
 * and the peer would take what it has for the whole (measured with Node 26); destroying it sends RST_STREAM alone.
 */
export function breakOff(stream: Http2Stream): void {
  if (!stream.destroyed) stream.destroy(new Error("given up"));
}
