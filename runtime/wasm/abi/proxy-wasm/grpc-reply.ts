import type { GuestExchange, LocalResponse } from "../../exchange.ts";

/** Statuses of HTTP as gRPC clients read them (grpc/doc/http-grpc-status-mapping.md). */
const OF_HTTP: Readonly<Record<number, number>> = {
  ...{ 200: 0, 400: 13, 401: 16, 403: 7, 404: 12 },
  ...{ 429: 14, 502: 14, 503: 14, 504: 14 },
};
const UNKNOWN = 2;
const LAST_STATUS = 16;

export function isGrpc({ request }: GuestExchange): boolean {
  return /^application\/grpc(?:$|[+;])/.test(request.fields.get("content-type") ?? "");
}

/** An answer that a client of gRPC understands: no body, and the status in the head. */
export function grpcReply(reply: LocalResponse, grpcStatus: number): LocalResponse {
  const given = grpcStatus >= 0 && grpcStatus <= LAST_STATUS;
  const status = given ? grpcStatus : (OF_HTTP[reply.status] ?? UNKNOWN);
  const kept = reply.headers.filter(([name]) => !["content-type", "grpc-status", "grpc-message"].includes(name));
  const message = Buffer.from(reply.body).toString("latin1").slice(0, 1024);
  const fields: [string, string][] = [
    ["content-type", "application/grpc"],
    ["grpc-status", String(status)],
  ];
  if (message !== "") fields.push(["grpc-message", percentEncoded(message)]);
  return { ...reply, status: 200, headers: [...kept, ...fields], body: new Uint8Array(0) };
}

function percentEncoded(message: string): string {
  return message.replace(
    /[^\x20-\x24\x26-\x7e]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
