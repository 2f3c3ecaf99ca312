import type { PluginLimits } from "../limits.ts";
import type { HostServices } from "../services.ts";
import type { Ticker } from "./ticker.ts";

/** What all instances of a generation have in common. Its identity owns their budgets. */
export interface PluginScope {
  readonly plugin: string;
  readonly services: HostServices;
  readonly limits: PluginLimits;
  /** Header fields that the plugin does not see, in lower case. */
  readonly hidden: ReadonlySet<string>;
  /** `namespace/name:port` of the backends that it may call. */
  readonly backends: ReadonlySet<string>;
  readonly ticker: Ticker;
}
