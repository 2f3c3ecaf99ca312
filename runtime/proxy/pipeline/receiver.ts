import type { FieldList } from "../../http/fields.ts";

/** One step that the bytes of a body take. */
export interface Receiver {
  /** The bytes are the caller's again when this returns. @param last no more bytes follow */
  take(bytes: Uint8Array, last: boolean): void;
  /** The message is complete. */
  end(trailers: FieldList | undefined): void;
}
