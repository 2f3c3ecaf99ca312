import { bytesOf } from "./bytes-of";
import * as host from "./host";
import { Header } from "./host";
import { HttpError } from "./http-error";
import { HttpResponse } from "./http-response";

/**
 * A request in the making, from `http.request`. `send` sends it and must come last.
 *
 * @example
 * ```ts
 * const draft: HttpRequest = http.request("shop/users:80", "PUT", "/users/7").timeout(200);
 * const answer = draft.header("content-type", "application/json").send(`{"seen":true}`);
 * if (answer.failed) log.warn("users did not answer");
 * ```
 */
export class HttpRequest {
  private headers: Header[] = [];
  private timeoutMs: u32 = 0;

  constructor(
    private backend: string,
    private method: string,
    private target: string,
  ) {}

  /** Adds a header. `host` names the authority, which is the backend's own otherwise. */
  header(name: string, value: string): HttpRequest {
    this.headers.push(new Header(name, value));
    return this;
  }

  /** Milliseconds for the whole call. Without it, and at most, as long as the plugin may wait. */
  timeout(milliseconds: u32): HttpRequest {
    this.timeoutMs = milliseconds;
    return this;
  }

  /** Sends it with a text (as UTF-8) or bytes, or without a body, and gives the response. */
  send<T = string>(body: T = changetype<T>("")): HttpResponse {
    const sent = host.httpClientSend(
      this.backend,
      this.method,
      this.target,
      this.headers,
      bytesOf(body),
      this.timeoutMs,
    );
    const ok = sent.ok;
    if (ok === null) return new HttpResponse(0, [], new Uint8Array(0), true, sent.error as HttpError);
    return new HttpResponse(ok.status, ok.headers, ok.body, false, HttpError.Broken);
  }
}
