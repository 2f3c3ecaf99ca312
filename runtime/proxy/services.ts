import type { AccessLog } from "../telemetry/access-log.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Wheel } from "../telemetry/wheel.ts";
import type { Slot } from "../wasm/slot.ts";
import type { ProxyMetrics } from "./proxy-metrics.ts";
import type { Recorder } from "./recording/recorder.ts";
import type { TurnTime } from "./turn-time.ts";

/** What every transaction of a proxy shares. */
export interface Services {
  readonly slots: (plugin: string) => Slot | undefined;
  readonly clock: Clock;
  readonly turn: TurnTime;
  readonly wheel: Wheel;
  readonly random: () => number;
  readonly metrics: ProxyMetrics;
  readonly accessLog: AccessLog;
  readonly logger: Logger;
  /** Peers whose word about the client is believed. */
  readonly isTrusted: (address: string) => boolean;
  /** Undefined while nothing is recorded. */
  readonly recorder: Recorder | undefined;
}
