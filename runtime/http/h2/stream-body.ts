import type { Http2Stream, IncomingHttpHeaders } from "node:http2";
import type { BodySink, BodySource } from "../exchange.ts";
import type { FieldList } from "../fields.ts";
import { legalTrailers } from "./legal-fields.ts";

/** The body that a stream brings. @param received hears the size of every piece, also of those that nobody wants */
export function createStreamBody(stream: Http2Stream, received: (bytes: number) => void): BodySource {
  let sink: BodySink | undefined;
  let trailers: FieldList | undefined;
  let listening = false;
  let over = false;
  // At once: they may have come before anybody asks for the body.
  stream.on("trailers", (_headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
    trailers = legalTrailers(raw);
  });
  const finish = (complete: boolean) => {
    if (over) return;
    over = true;
    if (complete) sink?.end(trailers);
    else sink?.fail("closed");
  };
  const listen = () => {
    if (listening) return;
    listening = true;
    stream.on("end", () => finish(!stream.aborted && stream.rstCode === 0));
    stream.on("aborted", () => finish(false));
    stream.on("close", () => finish(false));
    stream.on("data", (chunk: Buffer) => {
      received(chunk.length);
      if (sink?.write(chunk) === false) stream.pause();
    });
  };
  return {
    flow(to) {
      sink = to;
      if (stream.destroyed) finish(false);
      else listen();
    },
    resume: () => void stream.resume(),
    cancel() {
      sink = undefined;
      listen();
      stream.resume();
    },
  };
}
