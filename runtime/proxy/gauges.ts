import type { Metrics } from "../telemetry/metrics.ts";
import type { ClusterState } from "./cluster/clusters.ts";
import type { PluginView } from "./plugin-view.ts";

export interface GaugeSources {
  active(): number;
  clusters(): ReadonlyMap<string, ClusterState>;
  plugins(): PluginView[];
  generation(): number;
  droppedLines(): number;
}

/** What is read off when someone asks, rather than counted as it happens. */
export function collectGauges(metrics: Metrics, sources: GaugeSources): void {
  const active = metrics.gauge("heddle_requests_active", "Exchanges that run now.");
  const generation = metrics.gauge(
    "heddle_config_generation",
    "Generation of the configuration that is served.",
    [],
    "max",
  );
  const dropped = metrics.gauge("heddle_access_log_dropped", "Lines given up because the sink was too slow.");
  const members = metrics.gauge("heddle_cluster_endpoints", "Endpoints of a backend.", ["backend", "state"], "max");
  const info = ["plugin", "version", "component"];
  const pluginInfo = metrics.gauge("heddle_plugin_info", "1 for the generation that runs.", info, "max");
  const loaded = metrics.gauge("heddle_plugin_loaded", "Whether a plugin is loaded.", ["plugin"], "max");
  const retiring = metrics.gauge("heddle_plugin_retiring", "Old generations that are still in use.", ["plugin"]);
  const traps = metrics.gauge("heddle_plugin_traps", "Traps of the generation that runs.", ["plugin"]);
  const quarantined = metrics.gauge("heddle_plugin_quarantined", "Whether it is in quarantine.", ["plugin"], "max");
  const shed = metrics.gauge("heddle_plugin_shed", "Hooks not run, its share of a thread being used up.", ["plugin"]);
  const instances = metrics.gauge("heddle_plugin_instances_started", "Instances, replaced ones included.", ["plugin"]);
  const fuel = metrics.gauge("heddle_plugin_fuel", "Fuel burnt by the generation that runs.", ["plugin"]);
  const ofPlugins = [pluginInfo, loaded, retiring, traps, quarantined, shed, instances, fuel];
  metrics.collect(() => {
    active.set(sources.active());
    generation.set(sources.generation());
    dropped.set(sources.droppedLines());
    for (const gauge of [members, ...ofPlugins]) gauge.reset();
    for (const { name, endpoints, total } of sources.clusters().values()) {
      members.set(endpoints.length, name, "ready");
      members.set(total - endpoints.length, name, "not_ready");
    }
    for (const plugin of sources.plugins()) {
      loaded.set(plugin.loaded ? 1 : 0, plugin.name);
      retiring.set(plugin.retiring, plugin.name);
      traps.set(plugin.traps, plugin.name);
      quarantined.set(plugin.quarantined ? 1 : 0, plugin.name);
      shed.set(plugin.shed, plugin.name);
      fuel.set(plugin.fuelUsed, plugin.name);
      instances.set(plugin.started, plugin.name);
      if (plugin.version !== undefined) pluginInfo.set(1, plugin.name, plugin.version, plugin.component ?? "");
    }
  });
}
