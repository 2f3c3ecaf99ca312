import type { Capabilities } from "./capabilities.ts";

/** The hooks that decide. A hook that the guest does not export is not called. */
export interface HookCalls<Answer> {
  onRequest(exchange: number): Answer;
  /** @param size bytes of the piece */
  onRequestBody(exchange: number, size: number, end: boolean): Answer;
  onResponse(exchange: number): Answer;
  onResponseBody(exchange: number, size: number, end: boolean): Answer;
  /** The answer is 0. */
  onTick(): Answer;
}

/**
 * One running instance of a guest. Every call may throw: a `GuestFault`, or whatever the engine throws for a trap. After
 * that the instance is not used again.
 */
export interface GuestInstance extends HookCalls<number> {
  /** The reason for which the guest refuses its configuration; undefined when it accepts it. */
  configure(config: string): string | undefined;
  onLog(exchange: number): void;
  /**
   * Of a guest that may sleep in a hook: the same hooks on a stack of their own, one at a time. The answer is a number
   * when the guest did not sleep, and otherwise a promise, which rejects where the hook would have thrown.
   */
  readonly sleeping?: HookCalls<number | Promise<number>> | undefined;
  /** What the next call of a hook may burn, in units of fuel. Nothing where the code is not metered. */
  refuel(units: number): void;
  /** Empties the tank. @returns what was left: below zero when the guest ran out of fuel */
  drain(): number;
  /** Bytes of linear memory; 0 when the binding cannot tell. */
  readonly memorySize: number;
  /** Linear memory as it is now; undefined when the binding cannot tell. */
  readonly memory?: ArrayBuffer | undefined;
}

/** What a binding has to know of a plugin. */
export interface GuestShape {
  /** Version of the contract. */
  readonly contract: string;
  /** The interfaces that it imports. */
  readonly capabilities: readonly string[];
}

/**
 * Makes an instance that calls these capabilities and may burn so much fuel while it starts; what is left stays in its tank.
 *
 * @throws what the guest's start throws; a GuestFault FUEL_EXHAUSTED when it ran out
 */
export type Instantiate = (capabilities: Capabilities, fuel: number) => GuestInstance;
