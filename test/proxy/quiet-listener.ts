import type { ChainListener } from "../../runtime/proxy/chain-listener.ts";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import { createWheel } from "../../runtime/telemetry/wheel.ts";

/** An exchange to a chain, which does nothing about what it hears. */
export function quietListener(overrides: Partial<ChainListener> = {}): ChainListener {
  const clock = manualClock();
  return {
    time: { clock, wheel: createWheel({ clock }) },
    fault() {},
    waited() {},
    kept() {},
    movesOn() {},
    replaces() {},
    answers() {},
    sourceOf: () => ({ flow() {}, resume() {}, cancel() {} }),
    crashed(error) {
      throw error;
    },
    ...overrides,
  };
}
