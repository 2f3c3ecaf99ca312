import { type Dispatcher, Pool } from "undici";
import type { BodySource } from "./exchange.ts";
import { type FieldList, fieldList } from "./fields.ts";
import { stripHopByHop, stripTrailers } from "./hop-by-hop.ts";
import {
  type Connect,
  OUTBOUND_LIMITS,
  type OutboundCall,
  type OutboundFault,
  type OutboundLimits,
  type OutboundListener,
  type OutboundRequest,
} from "./outbound.ts";
import { createUndiciBody } from "./undici-body.ts";
import { createConnector, responseVersion } from "./undici-socket.ts";

/** HTTP/1.1 out through undici's dispatcher: one pool per endpoint, one request per connection at a time. */
export const connectUndici: Connect = ({ address, port }, overrides = {}) => {
  const limits = { ...OUTBOUND_LIMITS, ...overrides };
  const host = address.includes(":") ? `[${address}]` : address;
  const pool = new Pool(`http://${host}:${port}`, {
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: limits.keepAliveTimeout,
    keepAliveMaxTimeout: limits.keepAliveTimeout,
    maxHeaderSize: limits.headerBytes,
    connect: createConnector(limits.connectTimeout),
  });
  return {
    send(request, body, listener) {
      const call = new UndiciCall(listener, limits);
      dispatch(pool, request, body, call);
      return call;
    },
    close: () => pool.close(),
    destroy: () => pool.destroy(),
  };
};

function dispatch(pool: Pool, request: OutboundRequest, body: (() => BodySource) | undefined, call: UndiciCall): void {
  pool.dispatch(
    {
      method: request.method as Dispatcher.HttpMethod,
      path: request.target,
      headers: headersOf(request),
      body: body === undefined ? null : createUndiciBody(body),
    },
    call,
  );
}

function headersOf(request: OutboundRequest): string[] {
  const headers = ["host", request.authority];
  const { raw } = request.fields;
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i] === "host" || raw[i] === "content-length") continue;
    headers.push(raw[i] as string, raw[i + 1] as string);
  }
  if (request.contentLength !== undefined) headers.push("content-length", String(request.contentLength));
  return headers;
}

class UndiciCall implements Dispatcher.DispatchHandler, OutboundCall {
  readonly #listener: OutboundListener;
  readonly #limits: OutboundLimits;
  #controller: Dispatcher.DispatchController | undefined = undefined;
  #over = false;
  #interim = 0;
  #answered = false;
  #version = "HTTP/1.1";

  constructor(listener: OutboundListener, limits: OutboundLimits) {
    this.#listener = listener;
    this.#limits = limits;
  }

  resume(): void {
    this.#controller?.resume();
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#controller?.abort(new Error("given up"));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error("given up"));
    else this.#listener.started();
  }

  onResponseStarted(): void {
    if (this.#over || this.#interim > 0) return;
    this.#version = responseVersion() ?? "HTTP/1.1";
    if (!this.#version.startsWith("HTTP/1.")) this.#violated("not an HTTP/1 response");
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#over) return;
    const fields = fieldsOf(controller.rawHeaders);
    const violation = violationOf(status, fields, this.#version);
    stripHopByHop(fields);
    if (violation !== undefined) this.#violated(violation);
    else if (status < 200) this.#interimResponse(status, fields);
    else this.#head(status, fields);
  }

  #head(status: number, fields: FieldList): void {
    this.#answered = true;
    if (status === 204) fields.remove("content-length");
    this.#listener.head(status, fields);
  }

  #interimResponse(status: number, fields: FieldList): void {
    this.#interim += 1;
    if (this.#interim > this.#limits.interimResponses) this.#violated("too many interim responses");
    else this.#listener.informational(status, fields);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#over && !this.#listener.data(chunk)) controller.pause();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#over) return;
    this.#over = true;
    const trailers = fieldsOf(controller.rawTrailers);
    stripTrailers(trailers);
    this.#listener.end(trailers.count() === 0 ? undefined : trailers);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error & { code?: string }): void {
    if (this.#over) return;
    this.#over = true;
    const sent = this.#controller !== undefined;
    this.#listener.failed({
      fault: faultOf(error, sent, this.#answered),
      detail: `${error.code ?? error.name}: ${error.message}`,
      sent,
    });
  }

  #violated(detail: string): void {
    this.#over = true;
    this.#controller?.abort(new Error(detail));
    this.#listener.failed({ fault: "protocol", detail, sent: true });
  }
}

/** What undici lets through (RFC 9110 15: a status has the first digit 1 to 5; RFC 9112 6.1). */
function violationOf(status: number, fields: FieldList, version: string): string | undefined {
  if (status < 100 || status > 599) return `status ${status}`;
  const codings = fields.values("transfer-encoding");
  if (codings.length > 0 && version === "HTTP/1.0") return "transfer-encoding in HTTP/1.0";
  const plain = codings.length <= 1 && (codings[0] ?? "chunked").toLowerCase() === "chunked";
  return plain ? undefined : "transfer-encoding other than chunked";
}

const BROKEN = new Set(["UND_ERR_SOCKET", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "ECONNRESET", "EPIPE", "ETIMEDOUT"]);
const NOT_HTTP = /^bad (?:response|upgrade)$/;

function faultOf(error: Error & { code?: string }, sent: boolean, answered: boolean): OutboundFault {
  if (!sent) return error.code === "UND_ERR_INVALID_ARG" ? "protocol" : "connect";
  if (error.code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" && !answered) return "protocol";
  return BROKEN.has(error.code ?? "") && !NOT_HTTP.test(error.message) ? "reset" : "protocol";
}

type Raw = readonly (Buffer | string)[] | Record<string, unknown> | null | undefined;

function fieldsOf(raw: Raw): FieldList {
  if (!Array.isArray(raw)) return fieldList();
  return fieldList(raw.map((part: Buffer | string) => (typeof part === "string" ? part : part.toString("latin1"))));
}
