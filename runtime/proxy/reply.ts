import { FLAGS, type Flag } from "./flags.ts";

/** A response that the proxy or a filter makes itself. */
export interface Reply {
  readonly status: number;
  /** Alternating lower-case names and values, without framing. */
  readonly fields: string[];
  readonly body: Uint8Array;
  /** Undefined when nothing is remarkable about the response. */
  readonly flag: Flag | undefined;
  /** For the access log; never for the client. */
  readonly detail: string;
  /** Nothing is said at all: the client sees that the exchange was given up. */
  readonly abandon?: boolean;
  /** What a gRPC client hears, where the HTTP status alone would say another thing. */
  readonly grpcStatus?: number;
}

const encoder = new TextEncoder();

/** A refusal in the fewest words: `{"error":"no route matches","code":404}`. */
export function refusal(flag: Flag, detail: string, status: number = FLAGS[flag].status): Reply {
  const body = encoder.encode(`${JSON.stringify({ error: FLAGS[flag].words, code: status })}\n`);
  return { status, fields: ["content-type", "application/json"], body, flag, detail };
}

export function redirect(status: number, location: string): Reply {
  return { status, fields: ["location", location], body: new Uint8Array(), flag: "RD", detail: "redirect" };
}

/** A response without a body, and nothing to remark. */
export function emptyReply(status: number): Reply {
  return { status, fields: [], body: new Uint8Array(), flag: undefined, detail: "" };
}
