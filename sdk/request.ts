import { cookieValue } from "./cookie";
import { Edit } from "./edit";
import * as host from "./host";
import { Header } from "./host";
import { queryValue } from "./query";

/**
 * The request on its way to the backend. Edits are seen by later filters and by the backend.
 *
 * @example
 * ```ts
 * import { Action, request, respond } from "heddle/sdk";
 *
 * export function onRequest(): Action {
 *   if (request.header("x-api-key") === null) return respond(401).text("missing api key");
 *   request.removeHeader("x-api-key");
 *   return Action.Next;
 * }
 * ```
 */
export namespace request {
  /** Whether a body follows the head. */
  export function hasBody(): bool {
    return host.requestHasBody();
  }

  /** The method, as it was sent: `GET`. */
  export function method(): string {
    return host.requestMethod();
  }

  /** `http` or `https`. */
  export function scheme(): string {
    return host.requestScheme();
  }

  /** Host and port that the client asked for. */
  export function authority(): string {
    return host.requestAuthority();
  }

  /** The canonical path without the query: `/orders/7`. */
  export function path(): string {
    return host.requestPath();
  }

  /** The raw query without `?`; null when there is none. */
  export function query(): string | null {
    return host.requestQuery();
  }

  /** The first value of a query parameter, percent-decoded; null when it is absent or not decodable. */
  export function queryParameter(name: string): string | null {
    const raw = host.requestQuery();
    return raw === null ? null : queryValue(raw, name);
  }

  /** The value of a cookie (RFC 6265), as it was sent; null when there is none of this name. */
  export function cookie(name: string): string | null {
    const values = host.requestHeaderValues("cookie");
    for (let i = 0; i < values.length; i++) {
      const value = cookieValue(values[i], name);
      if (value !== null) return value;
    }
    return null;
  }

  /** The first value of a header. Names are compared without case. */
  export function header(name: string): string | null {
    return host.requestHeader(name);
  }

  /** Every value of a header, in order. */
  export function headerValues(name: string): string[] {
    return host.requestHeaderValues(name);
  }

  /** Every header, in order. */
  export function headers(): Header[] {
    return host.requestHeaders();
  }

  /** Whether a header occurs exactly once with exactly this value. Cheaper than `header(name) === value`. */
  export function headerEquals(name: string, value: string): bool {
    return host.requestHeaderEquals(name, value);
  }

  /** Replaces every occurrence of a header. */
  export function setHeader(name: string, value: string): Edit {
    return host.requestSetHeader(name, value) as Edit;
  }

  /** Adds one more occurrence of a header. */
  export function addHeader(name: string, value: string): Edit {
    return host.requestAddHeader(name, value) as Edit;
  }

  /** Removes every occurrence of a header. */
  export function removeHeader(name: string): Edit {
    return host.requestRemoveHeader(name) as Edit;
  }
}
