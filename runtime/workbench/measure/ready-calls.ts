import type { GuestCalls } from "../../wasm/guest-calls.ts";
import { type FakeAnswer, outcomeOf } from "../fake-calls.ts";

export interface ReadyCalls extends GuestCalls {
  /** Calls so far. */
  readonly count: number;
}

/** Backends whose answers are there before they are asked for: a caller sleeps, and is woken at once. Nothing is kept of a call. */
export function createReadyCalls(backends: Readonly<Record<string, FakeAnswer>>): ReadyCalls {
  let count = 0;
  return {
    get count() {
      return count;
    },
    knows: (backend) => Object.hasOwn(backends, backend),
    send(call, done) {
      count++;
      let isOver = false;
      queueMicrotask(() => {
        if (!isOver) done(outcomeOf(backends[call.backend] as FakeAnswer, call));
      });
      return {
        cancel() {
          isOver = true;
        },
      };
    },
  };
}
