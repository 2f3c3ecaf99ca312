import type { Clock } from "../telemetry/clock.ts";

export interface Timeout {
  cancel(): void;
}

/** Many coarse timeouts over one timer: arming and cancelling are set operations. */
export interface Timers {
  /** Calls `fire` once, up to one tick late. */
  after(milliseconds: number, fire: () => void): Timeout;
  /** Fires what is due by the clock; the timer does this by itself. */
  turn(): void;
  stop(): void;
}

interface Entry {
  readonly slot: Set<Entry>;
  readonly fire: () => void;
}

/** @param tick resolution in milliseconds */
export function createTimers({ clock, tick = 10 }: { clock: Clock; tick?: number }): Timers {
  const slots = new Map<number, Set<Entry>>();
  let interval: NodeJS.Timeout | undefined;
  let turned = Math.floor(clock.monotonic() / tick);
  const stop = () => {
    clearInterval(interval);
    interval = undefined;
  };
  const turn = () => {
    const now = Math.floor(clock.monotonic() / tick);
    const due =
      slots.size > now - turned
        ? range(turned, now)
        : [...slots.keys()].filter((at) => at <= now).sort((a, b) => a - b);
    turned = Math.max(turned, now);
    for (const at of due) {
      const slot = slots.get(at);
      slots.delete(at);
      for (const entry of slot ?? []) entry.fire();
    }
    if (slots.size === 0) stop();
  };
  return {
    after(milliseconds, fire) {
      if (slots.size === 0) turned = Math.floor(clock.monotonic() / tick);
      const at = Math.floor((clock.monotonic() + milliseconds) / tick) + 1;
      const slot = slots.get(at) ?? new Set<Entry>();
      slots.set(at, slot);
      const entry: Entry = { slot, fire };
      slot.add(entry);
      interval ??= setInterval(turn, tick).unref();
      return {
        cancel() {
          entry.slot.delete(entry);
        },
      };
    },
    turn,
    stop,
  };
}

function range(after: number, upTo: number): number[] {
  return Array.from({ length: upTo - after }, (_, index) => after + index + 1);
}
