import { Edit } from "./edit";
import * as host from "./host";
import { Header } from "./host";

/**
 * The response on its way back to the client: readable and editable in `onResponse`, and in `onResponseBody` after
 * `Action.NeedBody`; readable in `onLog`.
 *
 * @example
 * ```ts
 * import { Action, response } from "heddle/sdk";
 *
 * export function onResponse(): Action {
 *   if (response.status() >= 500) response.setHeader("cache-control", "no-store");
 *   response.removeHeader("server");
 *   return Action.Next;
 * }
 * ```
 */
export namespace response {
  /** The status code; 0 while there is no response yet. */
  export function status(): u32 {
    return host.responseStatus();
  }

  /** Whether a body follows the head, as far as that is known. */
  export function hasBody(): bool {
    return host.responseHasBody();
  }

  /** Changes the status code. */
  export function setStatus(status: u32): Edit {
    return host.responseSetStatus(status) as Edit;
  }

  /** The first value of a header. Names are compared without case. */
  export function header(name: string): string | null {
    return host.responseHeader(name);
  }

  /** Every value of a header, in order. */
  export function headerValues(name: string): string[] {
    return host.responseHeaderValues(name);
  }

  /** Every header, in order. */
  export function headers(): Header[] {
    return host.responseHeaders();
  }

  /** Replaces every occurrence of a header. */
  export function setHeader(name: string, value: string): Edit {
    return host.responseSetHeader(name, value) as Edit;
  }

  /** Adds one more occurrence of a header. */
  export function addHeader(name: string, value: string): Edit {
    return host.responseAddHeader(name, value) as Edit;
  }

  /** Removes every occurrence of a header. */
  export function removeHeader(name: string): Edit {
    return host.responseRemoveHeader(name) as Edit;
  }
}
