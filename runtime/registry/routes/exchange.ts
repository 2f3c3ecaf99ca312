/** One request of the content plane, and the pieces that its handlers share. */

import type { FastifyReply, FastifyRequest } from "fastify";
import type { RegistryContext } from "../context.ts";
import type { Target } from "../target.ts";

export type TargetOf<A extends Target["area"]> = Extract<Target, { area: A }>;

export interface OciExchange<A extends Target["area"]> {
  readonly context: RegistryContext;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly target: TargetOf<A>;
  readonly query: URLSearchParams;
}

export type Method = "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE";
export type Handler<A extends Target["area"]> = (exchange: OciExchange<A>) => Promise<FastifyReply> | FastifyReply;
export type Handlers<A extends Target["area"]> = Partial<Record<Method, Handler<A>>>;

/** The request's body, chunk by chunk; an error leaves the connection usable for the answer. */
export function bodyOf(request: FastifyRequest): AsyncIterable<Uint8Array> {
  return request.raw.iterator({ destroyOnReturn: false });
}

/** The number of items that `n` asks for, within bounds. */
export function pageSize(query: URLSearchParams, most: number): number {
  const text = query.get("n");
  if (text === null || !/^\d{1,9}$/.test(text)) return most;
  return Math.min(Number(text), most);
}
