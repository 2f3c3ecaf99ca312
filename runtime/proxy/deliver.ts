import type { Exchange, ResponseHead } from "../http/exchange.ts";
import { fieldList } from "../http/fields.ts";
import { isGrpc, speakGrpc } from "./grpc-reply.ts";
import type { Reply } from "./reply.ts";

const NO_BODY = new Uint8Array();

/** The response is the reply's from now on; filters may still change it. */
export function takeHead(response: ResponseHead, reply: Reply): void {
  response.status = reply.status;
  response.fields = fieldList(reply.fields.slice());
  response.hasBody = reply.body.length > 0;
}

/** Sends what stands in the exchange's response with the reply's body. */
export function deliver(exchange: Exchange, reply: Reply): void {
  const { request, response } = exchange;
  if (reply.abandon) {
    exchange.abort();
    return;
  }
  if (response.status >= 300 && isGrpc(request.fields)) {
    speakGrpc(response, reply);
    send(exchange, NO_BODY);
    return;
  }
  const { status, fields } = response;
  fields.remove("content-length");
  fields.remove("transfer-encoding");
  if (status !== 204 && status !== 304) fields.set("content-length", String(reply.body.length));
  send(exchange, isBodiless(request.method, status) ? NO_BODY : reply.body);
}

function send(exchange: Exchange, body: Uint8Array): void {
  const hasBody = body.length > 0;
  exchange.discardBody();
  exchange.begin(hasBody);
  if (hasBody) exchange.write(body);
  exchange.end(undefined);
}

/**
 * Makes the fields of a backend's response fit what filters made of it. Returns whether a body follows.
 *
 * @param status the backend's
 */
export function fitBody(method: string, status: number, response: ResponseHead): boolean {
  const { fields } = response;
  const bodiless = isBodiless(method, response.status);
  // A filter made a message with content of one without: the length that it spoke of never comes.
  if (!bodiless && isBodiless(method, status)) fields.set("content-length", "0");
  if (response.status === 204) fields.remove("content-length");
  return !bodiless && fields.contentLength !== 0;
}

/** Whether a response may have content (RFC 9110 6.4.1). */
export function mayHaveContent(method: string, status: number): boolean {
  return !isBodiless(method, status);
}

/** Whether a reply goes out as a head alone, whatever body it has. */
export function isHeadAlone({ request, response }: Exchange): boolean {
  return isBodiless(request.method, response.status) || (response.status >= 300 && isGrpc(request.fields));
}

/** Messages without content whatever their fields say (RFC 9110 6.4.1). */
function isBodiless(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}
