import { utf8 } from "./utf8";

/**
 * A stored value and its version.
 *
 * @example
 * ```ts
 * const entry: Entry | null = store.get("visits");
 * if (entry !== null) log.info("visits: " + entry.text());
 * ```
 */
export class Entry {
  constructor(
    readonly value: Uint8Array,
    /** Changes with every write; never 0. */
    readonly version: u32,
  ) {}

  /** The value as UTF-8 text; empty when it is not UTF-8. */
  text(): string {
    const text = utf8.decode(this.value);
    return text === null ? "" : text;
  }
}
