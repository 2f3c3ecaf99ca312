import { BodyEdit } from "./body-edit";
import { bytesOf } from "./bytes-of";
import * as host from "./host";
import { json as parser } from "./json";
import { JsonValue } from "./json-value";
import { utf8 } from "./utf8";

/**
 * The body that the running hook is about: the request's in `onRequestBody`, the response's in `onResponseBody`. Piece by
 * piece as it comes, or whole where the hook for the head has returned `Action.NeedBody`. Empty in every other hook.
 *
 * @example
 * ```ts
 * import { Action, body, request, respond } from "heddle/sdk";
 *
 * export function onRequest(): Action {
 *   return request.hasBody() ? Action.NeedBody : Action.Next;
 * }
 *
 * export function onRequestBody(): Action {
 *   const order = body.json();
 *   if (order === null) return respond(400).text("expected JSON");
 *   request.setHeader("x-items", order.list("items").length.toString());
 *   return Action.Next;
 * }
 * ```
 */
export namespace body {
  /** Bytes, edits included. */
  export function size(): u32 {
    return host.bodySize();
  }

  /** Whether nothing follows. Always true for a body that came whole. */
  export function end(): bool {
    return host.bodyEnd();
  }

  /** All bytes, or those from `start` on, at most `length`. */
  export function bytes(start: u32 = 0, length: u32 = u32.MAX_VALUE): Uint8Array {
    return host.bodyRead(start, length);
  }

  /** The bytes as UTF-8 text; null when they are not UTF-8. A piece may end in the middle of a character. */
  export function text(): string | null {
    return utf8.decode(host.bodyRead(0, u32.MAX_VALUE));
  }

  /** The value that the bytes stand for; null when they are not JSON. */
  export function json(): JsonValue | null {
    const decoded = text();
    return decoded === null ? null : parser.parse(decoded);
  }

  /** Puts a text (as UTF-8) or bytes in the place of what there is. An empty one drops it. */
  export function replace<T>(content: T): BodyEdit {
    return host.bodyReplace(bytesOf(content)) as BodyEdit;
  }

  /** Puts a text (as UTF-8) or bytes behind what there is. */
  export function append<T>(content: T): BodyEdit {
    return host.bodyAppend(bytesOf(content)) as BodyEdit;
  }
}
