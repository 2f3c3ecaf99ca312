import type { RequestHead } from "../http/exchange.ts";
import { emptyReply, type Reply } from "./reply.ts";

/**
 * OPTIONS asks about a resource, about a server as a whole (`*`, RFC 9110 9.3.7), or, with Max-Forwards 0, about the proxy
 * that it has reached (7.6.2): the last two are ours to answer.
 */
export function answerOptions(request: RequestHead): Reply | undefined {
  if (request.method !== "OPTIONS") return undefined;
  if (request.target === "*") return emptyReply(200);
  const hops = request.fields.get("max-forwards");
  if (hops === undefined || !/^[0-9]{1,15}$/.test(hops)) return undefined;
  if (Number(hops) === 0) return emptyReply(200);
  request.fields.set("max-forwards", String(Number(hops) - 1));
  return undefined;
}
