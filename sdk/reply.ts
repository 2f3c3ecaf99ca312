import { Action } from "./action";
import * as host from "./host";
import { Header } from "./host";
import { utf8 } from "./utf8";

/** `local-response.outcome` of the contract: the answer was taken. */
const DONE: i32 = 0;

/**
 * An answer in the making, from `respond`. One of `json`, `text`, `bytes` and `empty` sends it and must come last; what they
 * return is what the hook returns.
 *
 * @example
 * ```ts
 * import { Action, Reply, respond } from "heddle/sdk";
 *
 * function unauthorized(): Reply {
 *   return respond(401).header("www-authenticate", "ApiKey").detail("api_key_missing");
 * }
 *
 * export function onRequest(): Action {
 *   return unauthorized().json(`{"error":"missing api key"}`);
 * }
 * ```
 */
export class Reply {
  private headers: Header[] = [];
  private reason: string = "";

  constructor(private status: u32) {}

  /** Adds a header. */
  header(name: string, value: string): Reply {
    this.headers.push(new Header(name, value));
    return this;
  }

  /** A short machine-readable reason for the access log, such as `jwt_expired`. The client never sees it. */
  detail(reason: string): Reply {
    this.reason = reason;
    return this;
  }

  /** Answers with JSON text. */
  json(body: string): Action {
    return this.bytes(utf8.encode(body), "application/json");
  }

  /** Answers with plain text. */
  text(body: string): Action {
    return this.bytes(utf8.encode(body), "text/plain; charset=utf-8");
  }

  /** Answers with a body of any content type. */
  bytes(body: Uint8Array, contentType: string): Action {
    return this.header("content-type", contentType).send(body);
  }

  /** Answers without a body. */
  empty(): Action {
    return this.send(new Uint8Array(0));
  }

  /** An answer that the host refuses becomes a plain 500, so that a mistake here never lets a request through. */
  private send(body: Uint8Array): Action {
    if (host.localResponseSend(this.status, this.headers, body, this.reason) === DONE) return Action.Respond;
    host.localResponseSend(500, [], new Uint8Array(0), "bad_local_response");
    return Action.Respond;
  }
}
