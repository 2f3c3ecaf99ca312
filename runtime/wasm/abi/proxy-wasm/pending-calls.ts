import type { CallOutcome, GuestCall } from "../../guest-calls.ts";
import type { StreamContext } from "./contexts.ts";
import type { FilterHost } from "./filter-host.ts";

/** Calls of one machine that have not been answered. */
export interface PendingCalls {
  /** The number that the answer will name; undefined when there is no room, or nobody to ask. */
  send(call: GuestCall, stream: StreamContext | undefined): number | undefined;
  /** What waited for the machine to be awake is sent. */
  wake(): void;
  cancelAll(): void;
}

/** Of a machine, beside what each exchange may have open. */
const MOST = 1024;

/** @param answered told outside of any callback */
export function pendingCalls(host: FilterHost, answered: (token: number, outcome: CallOutcome) => void): PendingCalls {
  const open = new Map<number, { cancel(): void }>();
  const waiting = new Map<number, () => void>();
  let last = 0;
  let awake = false;

  const start = (token: number, call: GuestCall, stream: StreamContext | undefined): void => {
    const done = (outcome: CallOutcome): void => {
      open.delete(token);
      if (stream !== undefined) stream.callsOpen -= 1;
      answered(token, outcome);
    };
    const sent = host.services.calls?.send(call, done);
    if (sent !== undefined) open.set(token, sent);
  };
  return {
    send(call, stream) {
      if (host.services.calls === undefined || open.size + waiting.size >= MOST) return undefined;
      if (stream !== undefined && !takesCall(stream, host)) return undefined;
      last = last >= 0x7fff_ffff ? 1 : last + 1;
      const token = last;
      if (awake) start(token, call, stream);
      else waiting.set(token, () => start(token, call, stream));
      return token;
    },
    wake() {
      awake = true;
      for (const begin of waiting.values()) begin();
      waiting.clear();
    },
    cancelAll() {
      for (const one of open.values()) one.cancel();
      open.clear();
      waiting.clear();
    },
  };
}

function takesCall(stream: StreamContext, { limits }: FilterHost): boolean {
  if (stream.calls >= limits.calls || stream.callsOpen >= limits.callsAtOnce) return false;
  stream.calls += 1;
  stream.callsOpen += 1;
  return true;
}
