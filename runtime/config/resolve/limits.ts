import { parseDuration } from "../duration.ts";
import type { LimitsSpec } from "../schemas/plugin.ts";
import { parseSize } from "../size.ts";
import type { PluginLimits } from "../snapshot.ts";

const PAGE = 64 * 1024;

/** What a document says about limits, in the units of the host; what it does not say is not there. */
export function resolveLimits(spec: LimitsSpec = {}): PluginLimits {
  const memory = bytes(spec.memory);
  return given({
    memoryPages: memory === undefined ? undefined : Math.floor(memory / PAGE),
    startMillis: millis(spec.startTimeout),
    headMillis: millis(spec.headTimeout),
    bodyMillis: millis(spec.bodyTimeout),
    exchangeMillis: millis(spec.exchangeTimeout),
    share: spec.share,
    exhaustions: spec.exhaustions,
    hooksPerInstance: spec.hooksPerInstance,
    bodyBytes: bytes(spec.bodyBytes),
    instances: spec.instances,
    waiting: spec.waiting,
    waitingMillis: millis(spec.waitingTimeout),
    callsAtOnce: spec.callsAtOnce,
    calls: spec.calls,
    callMillis: millis(spec.callTimeout),
    callBytes: bytes(spec.callBytes),
  });
}

function bytes(size: string | number | undefined): number | undefined {
  return size === undefined ? undefined : parseSize(String(size));
}

function millis(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}

function given(limits: { readonly [Name in keyof PluginLimits]: number | undefined }): PluginLimits {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
