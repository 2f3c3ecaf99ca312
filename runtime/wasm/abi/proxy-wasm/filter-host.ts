import type { PluginLimits } from "../../limits.ts";
import type { FuelBudgets } from "../../meter/fuel-budgets.ts";
import type { StartBudget } from "../../meter/start-budget.ts";
import { createQueues, type Queues } from "../../services/queues.ts";
import type { HostServices } from "../../services.ts";
import { storeScope } from "../../store-scope.ts";
import { type MetricTable, metricTableOf } from "./metric-table.ts";
import type { ProxyWasmOptions } from "./options.ts";
import { type UpstreamNames, upstreamNames } from "./upstream-names.ts";

/** What the machines of one generation share: the plugin, what it was told, and what it may use. */
export interface FilterHost {
  readonly plugin: string;
  readonly services: HostServices;
  readonly limits: PluginLimits;
  readonly fuel: FuelBudgets;
  /** Of the start of a machine. */
  readonly start: StartBudget;
  /** Units of fuel that all callbacks have burnt. */
  fuelUsed: number;
  readonly options: ProxyWasmOptions;
  /** Fields that it does not see, in lower case. */
  readonly hidden: ReadonlySet<string>;
  readonly pluginConfig: Uint8Array;
  readonly vmConfig: Uint8Array;
  /** Under which shared data and queues are kept. */
  readonly scope: string;
  /** The scope of another VM id; none is the plugin's own. */
  scopeOf(vmId: string): string;
  readonly upstreams: UpstreamNames;
  readonly metrics: MetricTable;
  readonly queues: Queues;
  /** Around everything that runs code of the guest. */
  enter(): void;
  leave(): void;
}

export interface FilterHostOptions {
  readonly plugin: string;
  readonly services: HostServices;
  readonly fuel: FuelBudgets;
  readonly start: StartBudget;
  readonly options: ProxyWasmOptions;
  readonly hidden: ReadonlySet<string>;
  /** JSON text. */
  readonly config: string;
  readonly backends: readonly string[];
}

export function createFilterHost(given: FilterHostOptions): FilterHost {
  const { plugin, services, fuel, start, options, hidden, config, backends } = given;
  const { marker } = services;
  const mark = marker?.handle(plugin) ?? 0;
  return {
    ...{ plugin, services, fuel, start, options, hidden },
    limits: fuel.limits,
    fuelUsed: 0,
    pluginConfig: Buffer.from(configText(config)),
    vmConfig: Buffer.from(options.vmConfig ?? ""),
    scope: storeScope(plugin, options.vmId),
    scopeOf: (vmId) => storeScope(plugin, vmId === "" ? options.vmId : vmId),
    upstreams: upstreamNames(backends, options.clusters ?? {}, plugin),
    metrics: metricTableOf(services, plugin),
    queues: queuesOf(services),
    enter: () => marker?.enter(mark),
    leave: () => marker?.leave(),
  };
}

const ownQueues = new WeakMap<HostServices["store"], Queues>();

function queuesOf({ queues, store }: HostServices): Queues {
  const found = queues ?? ownQueues.get(store) ?? createQueues();
  if (queues === undefined) ownQueues.set(store, found);
  return found;
}

/** Text that was given as text reaches the filter as it is, anything else as JSON; an empty object is no configuration. */
function configText(json: string): string {
  if (json === "" || json === "{}") return "";
  const value: unknown = json.startsWith('"') ? JSON.parse(json) : undefined;
  return typeof value === "string" ? value : json;
}
