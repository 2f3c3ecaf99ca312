import { Header } from "./host";
import { HttpError } from "./http-error";
import { json as parser } from "./json";
import { JsonValue } from "./json-value";
import { utf8 } from "./utf8";

/**
 * What came back from a call.
 *
 * @example
 * ```ts
 * const answer: HttpResponse = http.get("shop/flags:80", "/flags?for=" + request.authority());
 * const flags = answer.json();
 * if (answer.failed) log.warn("no flags: error " + answer.error.toString());
 * else if (flags !== null && flags.bool("beta")) request.setHeader("x-beta", "1");
 * ```
 */
export class HttpResponse {
  constructor(
    /** 0 when the call has failed. */
    readonly status: u32,
    readonly headers: Header[],
    /** The body. */
    readonly bytes: Uint8Array,
    /** Whether no response came. A response of any status is one. */
    readonly failed: bool,
    /** Why the call has failed, where it has. */
    readonly error: HttpError,
  ) {}

  /** The first value of a header; null when there is none. Names are compared without case. */
  header(name: string): string | null {
    const lowerCase = name.toLowerCase();
    for (let i = 0; i < this.headers.length; i++) {
      if (this.headers[i].name === lowerCase) return this.headers[i].value;
    }
    return null;
  }

  /** The body as UTF-8 text; null when it is not UTF-8. */
  text(): string | null {
    return utf8.decode(this.bytes);
  }

  /** The value that the body stands for; null when it is not JSON. */
  json(): JsonValue | null {
    const decoded = this.text();
    return decoded === null ? null : parser.parse(decoded);
  }
}
