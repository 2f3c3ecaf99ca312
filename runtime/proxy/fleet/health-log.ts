import type { Logger } from "../../telemetry/logger.ts";
import type { HealthEvent } from "../../wasm/health/quarantine.ts";

/** Says in the proxy's log what became of a plugin that serves. */
export function logHealth(logger: Logger, plugin: string, event: HealthEvent): void {
  if (event.kind === "released") {
    logger.log("info", "plugin runs again", { plugin });
    return;
  }
  const { version, code, detail, wait } = event.quarantine;
  const fate = event.reverted ? "the version before it serves" : `tried again in ${Math.round(wait)} ms`;
  logger.log("error", "plugin quarantined", { plugin, version, code, detail, fate });
}
