import type { GuestExchange } from "../../runtime/wasm/exchange.ts";
import type { Generation } from "../../runtime/wasm/generation.ts";
import { createSlot, type Slot } from "../../runtime/wasm/slot.ts";
import { type Hook, NEXT, RESPOND, type Settle, type Verdict } from "../../runtime/wasm/verdict.ts";

export type Script = Partial<
  Pick<
    Generation,
    | "onRequest"
    | "onResponse"
    | "onRequestBody"
    | "onResponseBody"
    | "onRequestTrailers"
    | "onResponseTrailers"
    | "onLog"
    | "release"
    | "bodies"
    | "bodyBytes"
  >
>;

/** A generation whose hooks are functions of the test: what a guest could do, at the very moment that the test wants. */
export function scripted(script: Script): Generation {
  const hooks: Hook[] = [];
  if (script.onRequest !== undefined) hooks.push("on-request");
  if (script.onResponse !== undefined) hooks.push("on-response");
  if (script.onLog !== undefined) hooks.push("on-log");
  return {
    ...{ version: "1.0.0", digest: "", hooks: new Set(hooks), traps: 0, memorySize: 0, close() {} },
    ...{ onRequest: () => NEXT, onResponse: () => NEXT, onLog: () => NEXT },
    ...script,
  };
}

export function slotsOf(scripts: Readonly<Record<string, Script>>): (plugin: string) => Slot | undefined {
  const slots = new Map<string, Slot>();
  for (const [name, script] of Object.entries(scripts)) {
    const slot = createSlot(name);
    slot.swap(scripted(script));
    slots.set(name, slot);
  }
  return (name) => slots.get(name);
}

/** Something that a filter waits for, and the test settles. */
export interface Pending {
  readonly settle: Settle;
  /** Resolves when somebody waits for it. */
  readonly awaited: Promise<void>;
  resolve(verdict: Verdict): void;
}

export function pending(): Pending {
  const { promise, resolve } = Promise.withResolvers<void>();
  const listeners: ((verdict: Verdict) => void)[] = [];
  return {
    settle(listener) {
      listeners.push(listener);
      resolve();
    },
    awaited: promise,
    resolve(verdict) {
      for (const listener of listeners.splice(0)) listener(verdict);
    },
  };
}

export const HOLD: Verdict = { kind: "hold", whole: false };
export const WHOLE: Verdict = { kind: "hold", whole: true };

/** Answers in place of the backend. */
export function respond(exchange: GuestExchange, status: number, body: string): Verdict {
  exchange.localResponse = { status, headers: [["x-by", "filter"]], body: Buffer.from(body), detail: "scripted" };
  return RESPOND;
}
