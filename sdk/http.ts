import { HttpRequest } from "./http-request";
import { HttpResponse } from "./http-response";

/**
 * Calls to other services, through the proxy: its balancing, connection pools and TLS. A call looks as if it blocked, and
 * blocks nobody but the exchange that waits for it. A backend is `namespace/name:port`, and one that the Plugin document
 * grants. Nothing here throws: a call that fails gives a response with status 0 and an `error`.
 *
 * @example
 * ```ts
 * import { Action, http, json, request, respond } from "heddle/sdk";
 *
 * export function onRequest(): Action {
 *   const answer = http.get("shop/sessions:80", "/sessions/" + request.path());
 *   if (answer.status === 404) return respond(401).text("no session");
 *   if (answer.status !== 200) return respond(503).detail("sessions_unavailable").empty();
 *   const session = answer.json();
 *   request.setHeader("x-user", session === null ? "" : session.string("user"));
 *   http.post("shop/audit:80", "/seen", "{\"path\":" + json.quote(request.path()) + "}");
 *   return Action.Next;
 * }
 * ```
 */
export namespace http {
  /** @param target path with its query */
  export function get(backend: string, target: string): HttpResponse {
    return new HttpRequest(backend, "GET", target).send();
  }

  /** Sends a text (as UTF-8) or bytes. */
  export function post<T>(
    backend: string,
    target: string,
    body: T,
    contentType: string = "application/json",
  ): HttpResponse {
    return new HttpRequest(backend, "POST", target).header("content-type", contentType).send(body);
  }

  /** Any other request, to be completed. */
  export function request(backend: string, method: string, target: string): HttpRequest {
    return new HttpRequest(backend, method, target);
  }
}
