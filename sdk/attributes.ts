import * as host from "./host";
import { Stored } from "./stored";

/**
 * Values that filters leave for later filters, the access log and traces. Names look like `auth.subject`.
 *
 * @example
 * ```ts
 * attributes.set("auth.subject", "alice");
 * attributes.set("auth.level", 2);
 * attributes.set("auth.verified", true);
 * const subject = attributes.text("auth.subject");
 * if (subject !== null && attributes.number("auth.level") > 1) log.info(subject);
 * ```
 */
export namespace attributes {
  /** A text; null when there is none of this name, or it is no text. */
  export function text(name: string): string | null {
    return host.attributesText(name);
  }

  /** A number; `fallback` when there is none of this name, or it is no number. */
  export function number(name: string, fallback: f64 = NaN): f64 {
    const value = host.attributesNumber(name);
    return isNaN(value) ? fallback : value;
  }

  /** A flag; `fallback` when there is none of this name, or it is no flag. */
  export function flag(name: string, fallback: bool = false): bool {
    const value = host.attributesFlag(name);
    return value < 0 ? fallback : value !== 0;
  }

  /** Leaves a value: a string, a number or a bool. */
  export function set<T>(name: string, value: T): Stored {
    if (isString<T>()) {
      return host.attributesSetText(name, value as string) as Stored;
    } else if (isBoolean<T>()) {
      return host.attributesSetFlag(name, value as bool) as Stored;
    } else {
      return host.attributesSetNumber(name, value as f64) as Stored;
    }
  }

  export function remove(name: string): void {
    host.attributesRemove(name);
  }
}
