import type { FoundValue } from "../exchange.ts";

/** Beside a header capability: its `header` for a binding that can do without a string. */
export interface FoundHeader {
  /** The first value of a field, to be read before the next call. */
  found(name: string): FoundValue | undefined;
}
