import { JsonReader } from "./json-reader";
import { JsonValue } from "./json-value";

/**
 * JSON in a filter. Reading is strict (RFC 8259) and never traps, because the text may come from a client: bad JSON, a
 * duplicate member name and nesting beyond 32 levels all give null.
 *
 * @example
 * ```ts
 * const value = json.parse(`{"user":{"name":"alice"}}`);
 * if (value === null) log.warn("not JSON");
 * else log.info(value.object("user").string("name"));
 * const body = "{\"error\":" + json.quote("no such user") + "}";
 * log.debug(body);
 * ```
 */
export namespace json {
  /** The value that a JSON text stands for; null when it is not JSON. */
  export function parse(text: string): JsonValue | null {
    return new JsonReader(text).read();
  }

  /** A text as a JSON string, with its quotes. */
  export function quote(text: string): string {
    let quoted = '"';
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x20 && code !== 0x22 && code !== 0x5c) continue;
      quoted += text.substring(from, i) + (code < 0x20 ? escape(code) : "\\" + String.fromCharCode(code));
      from = i + 1;
    }
    return quoted + text.substring(from) + '"';
  }
}

function escape(code: i32): string {
  return "\\u00" + (code < 16 ? "0" : "") + code.toString(16);
}
