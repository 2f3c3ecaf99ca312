import * as host from "./host";
import { Stored } from "./stored";

/**
 * The exchange's span in a trace. Unlike `attributes`, what is set here is for people only: no filter sees it again. Calls
 * that `http` makes are part of the trace without further ado.
 *
 * @example
 * ```ts
 * trace.set("cache.hit", true);
 * trace.set("cache.key", request.path());
 * ```
 */
export namespace trace {
  /** Sets an attribute of the span: a string, a number or a bool. */
  export function set<T>(name: string, value: T): Stored {
    if (isString<T>()) {
      return host.traceSetText(name, value as string) as Stored;
    } else if (isBoolean<T>()) {
      return host.traceSetFlag(name, value as bool) as Stored;
    } else {
      return host.traceSetNumber(name, value as f64) as Stored;
    }
  }
}
