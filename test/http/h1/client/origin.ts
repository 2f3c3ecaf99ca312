import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { BodySink, BodySource } from "../../../../runtime/http/exchange.ts";
import { type FieldList, fieldList } from "../../../../runtime/http/fields.ts";
import { createH1Outbound } from "../../../../runtime/http/h1/client/connect-h1.ts";
import type {
  Outbound,
  OutboundCall,
  OutboundFailure,
  OutboundLimits,
  OutboundListener,
  OutboundRequest,
} from "../../../../runtime/http/outbound.ts";
import { systemClock } from "../../../../runtime/telemetry/clock.ts";
import { createWheel } from "../../../../runtime/telemetry/wheel.ts";

/** A server that does with each connection what the test says. @param serve hears the number of the connection, from 1 */
export async function origin(t: TestContext, serve: (socket: Socket, connection: number) => void): Promise<number> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    connections += 1;
    serve(socket, connections);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

/** Answers every piece that comes with the next of these texts; an array of texts is written piece by piece. */
export function answering(...answers: readonly (string | readonly string[])[]): (socket: Socket) => void {
  let next = 0;
  return (socket) =>
    socket.on("data", async () => {
      const answer = answers[Math.min(next, answers.length - 1)] as string | readonly string[];
      next += 1;
      for (const piece of typeof answer === "string" ? [answer] : answer) {
        await new Promise<void>((written) => socket.write(piece, "latin1", () => written()));
      }
    });
}

export function pool(t: TestContext, port: number, limits?: Partial<OutboundLimits>): Outbound {
  const wheel = createWheel({ clock: systemClock, tick: 5 });
  const outbound = createH1Outbound({ address: "127.0.0.1", port }, limits, wheel);
  t.after(async () => {
    await outbound.destroy();
    wheel.stop();
  });
  return outbound;
}

/** All that a listener heard. */
export class Heard implements OutboundListener {
  takesFrames = false;
  takesTexts = false;
  status = 0;
  fields: FieldList = fieldList();
  body = "";
  interim: number[] = [];
  dataBytes = 0;
  /** How much of the body came as text. */
  textBytes = 0;
  trailers: FieldList | undefined = undefined;
  failure: OutboundFailure | undefined = undefined;
  hasStarted = false;
  /** How often `end` or `failed` came. */
  endings = 0;
  /** What `data` and `frame` say. */
  takes = true;
  onHead: (() => void) | undefined = undefined;
  onData: (() => void) | undefined = undefined;
  readonly over: Promise<this>;
  #settle: (heard: this) => void = () => {};

  constructor() {
    this.over = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  started(): void {
    assert.equal(this.hasStarted, false);
    this.hasStarted = true;
  }

  informational(status: number): void {
    this.interim.push(status);
  }

  head(status: number, fields: FieldList): void {
    assert.equal(this.status, 0, "one head only");
    this.status = status;
    this.fields = fields;
    this.onHead?.();
  }

  data(chunk: Uint8Array): boolean {
    this.body += Buffer.from(chunk).toString("latin1");
    this.onData?.();
    return this.takes;
  }

  text(piece: string): boolean {
    assert.equal(this.takesTexts, true);
    this.textBytes += piece.length;
    return this.data(Buffer.from(piece, "latin1"));
  }

  frame(bytes: Uint8Array, dataBytes: number): boolean {
    this.dataBytes += dataBytes;
    return this.data(bytes);
  }

  end(trailers: FieldList | undefined): void {
    this.trailers = trailers;
    this.#over();
  }

  failed(failure: OutboundFailure): void {
    this.failure = failure;
    this.#over();
  }

  #over(): void {
    this.endings += 1;
    this.#settle(this);
  }
}

export function request(overrides: Partial<OutboundRequest> = {}): OutboundRequest {
  return {
    method: "GET",
    authority: "a.test",
    target: "/x?y",
    fields: fieldList(["x-a", "1"]),
    contentLength: undefined,
    upgrade: undefined,
    ...overrides,
  };
}

/** A body that the test feeds by hand. */
export class Source implements BodySource {
  sink: BodySink | undefined = undefined;
  resumed = 0;
  cancelled = 0;
  readonly #onFlow: ((sink: BodySink) => void) | undefined;

  constructor(onFlow?: (sink: BodySink) => void) {
    this.#onFlow = onFlow;
  }

  flow(sink: BodySink): void {
    this.sink = sink;
    this.#onFlow?.(sink);
  }

  resume(): void {
    this.resumed += 1;
  }

  cancel(): void {
    this.cancelled += 1;
  }
}

export function send(
  outbound: Outbound,
  overrides: Partial<OutboundRequest> = {},
  body?: BodySource,
  heard: Heard = new Heard(),
): { call: OutboundCall; heard: Heard } {
  return { call: outbound.send(request(overrides), body && (() => body), heard), heard };
}

export async function ask(
  outbound: Outbound,
  overrides: Partial<OutboundRequest> = {},
  body?: BodySource,
): Promise<Heard> {
  return send(outbound, overrides, body).heard.over;
}

export const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
