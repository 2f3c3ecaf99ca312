import type { BodySink } from "../../exchange.ts";
import type { FieldList } from "../../fields.ts";
import { stripTrailers } from "../../hop-by-hop.ts";
import type { OutboundListener } from "../../outbound.ts";
import { ChunkedBody } from "../chunked-body.ts";
import { HeadFields } from "../head/head-fields.ts";
import { HeadTable } from "../head/head-table.ts";
import { parseTrailers } from "../head/parse-trailers.ts";

/** A chunked response on its way to a listener. */
export class ChunkedResponse implements BodySink {
  readonly frame: ((bytes: Uint8Array, dataBytes: number) => boolean) | undefined;
  readonly #listener: OutboundListener;
  readonly #body = new ChunkedBody();
  trailers: FieldList | undefined = undefined;
  fault: string | undefined = undefined;

  constructor(listener: OutboundListener) {
    this.#listener = listener;
    this.frame = listener.takesFrames ? (bytes, dataBytes) => listener.frame(bytes, dataBytes) : undefined;
  }

  get done(): boolean {
    return this.#body.done;
  }

  /** Whether the listener asked for a pause during the last `read`. */
  get full(): boolean {
    return this.#body.full;
  }

  /** Returns the position behind what was read. */
  read(bytes: Buffer, start: number, end: number): number {
    const at = this.#body.read(bytes, start, end, this);
    this.fault = this.#body.fault;
    if (this.#body.done && this.#body.trailers !== undefined) this.#readTrailers(this.#body.trailers);
    return at;
  }

  write(chunk: Uint8Array): boolean {
    return this.#listener.data(chunk);
  }

  end(): void {}

  fail(): void {}

  #readTrailers(bytes: Buffer): void {
    const table = new HeadTable();
    const result = parseTrailers(bytes, table);
    if (result !== "complete") {
      this.fault = typeof result === "string" ? "trailers" : result.reason;
      return;
    }
    const trailers = new HeadFields(table);
    stripTrailers(trailers);
    if (trailers.count() > 0) this.trailers = trailers;
  }
}
