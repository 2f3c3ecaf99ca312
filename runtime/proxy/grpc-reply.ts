import type { ResponseHead } from "../http/exchange.ts";
import { type FieldList, fieldList } from "../http/fields.ts";
import { FLAGS } from "./flags.ts";
import type { Reply } from "./reply.ts";

/** gRPC over HTTP/2 and its subtypes, such as `application/grpc+proto`; not gRPC-Web, which has a framing of its own. */
const GRPC = /^application\/grpc(?:$|[+;])/i;

/** gRPC, "HTTP to gRPC Status Code Mapping"; others are UNKNOWN. */
const STATUSES: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 14,
  502: 14,
  503: 14,
  504: 14,
};
const UNKNOWN = 2;

export function isGrpc(requestFields: FieldList): boolean {
  return GRPC.test(requestFields.get("content-type") ?? "");
}

/**
 * Says in gRPC's terms what a refusal says in HTTP's: 200 and a head alone, which is all of the response
 * (`Trailers-Only`). What filters have added to the fields stays.
 */
export function speakGrpc(response: ResponseHead, { flag, grpcStatus }: Reply): void {
  const { status } = response;
  const words = (flag === undefined ? "" : FLAGS[flag].words) || `HTTP status ${status}`;
  const fields = fieldList(response.fields.copy());
  fields.remove("content-length");
  fields.set("content-type", "application/grpc");
  fields.set("grpc-status", String(grpcStatus ?? STATUSES[status] ?? UNKNOWN));
  fields.set("grpc-message", words);
  response.status = 200;
  response.fields = fields;
}
