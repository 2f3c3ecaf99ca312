import type { Capabilities } from "./capabilities.ts";

/**
 * One running instance of a guest. Every call may throw: a `GuestFault`, or whatever the engine throws for a trap. After
 * that the instance is not used again. A hook that the guest does not export is not called.
 */
export interface GuestInstance {
  /** The reason for which the guest refuses its configuration; undefined when it accepts it. */
  configure(config: string): string | undefined;
  onRequest(exchange: number): number;
  /** @param size bytes of the piece */
  onRequestBody(exchange: number, size: number, end: boolean): number;
  onResponse(exchange: number): number;
  onResponseBody(exchange: number, size: number, end: boolean): number;
  onLog(exchange: number): void;
  /** Fills the tank: what the next calls may burn, in units of fuel. Nothing where the code is not metered. */
  refuel(units: number): void;
  /** What is left in the tank. */
  readonly fuel: number;
  /** Bytes of linear memory; 0 when the binding cannot tell. */
  readonly memorySize: number;
}

/** What a binding has to know of a plugin. */
export interface GuestShape {
  /** Version of the contract. */
  readonly contract: string;
  /** The interfaces that it imports. */
  readonly capabilities: readonly string[];
}

/** Makes an instance that calls these capabilities. */
export type Instantiate = (capabilities: Capabilities) => GuestInstance;
