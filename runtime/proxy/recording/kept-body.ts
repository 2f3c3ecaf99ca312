import { isUtf8 } from "node:buffer";
import type { RecordedBody } from "../../telemetry/recorded-exchange.ts";
import type { Redaction } from "../../telemetry/redact.ts";
import { KeptBytes } from "../pipeline/kept-bytes.ts";

/** The bytes of a body as they pass by, whole or not at all: part of one cannot be replayed. */
export class KeptBody {
  readonly #most: number;
  #kept: KeptBytes | undefined = new KeptBytes();
  #bytes = 0;

  /** @param most bytes of a body that is kept */
  constructor(most: number) {
    this.#most = most;
  }

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#most) this.#kept = undefined;
    else this.#kept?.add(chunk);
  }

  recorded(redaction: Redaction): RecordedBody {
    const bytes = this.#bytes;
    const shown = this.#kept && redaction.body(this.#kept.bytes);
    if (shown === undefined) return { bytes };
    const buffer = Buffer.from(shown.buffer, shown.byteOffset, shown.length);
    return isUtf8(buffer) ? { bytes, text: buffer.toString() } : { bytes, base64: buffer.toString("base64") };
  }
}
