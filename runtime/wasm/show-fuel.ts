import type { BodyPiece, GuestExchange } from "./exchange.ts";
import type { Generation } from "./generation.ts";
import type { Verdict } from "./verdict.ts";

/** The attribute in which an exchange's fuel stands. */
export const FUEL_ATTRIBUTE = "heddle.fuel";

/**
 * A generation that says on each exchange what its hooks have burnt, in units: exact while exchanges come one after the other,
 * as those of an author do.
 */
export function showFuel(generation: Generation): Generation {
  const noted = (exchange: GuestExchange, run: () => Verdict): Verdict => {
    const before = generation.fuelUsed ?? 0;
    const note = (): void => add(exchange, (generation.fuelUsed ?? 0) - before);
    const verdict = run();
    if (verdict.kind === "wait") return { ...verdict, settle: (listener) => verdict.settle(after(note, listener)) };
    note();
    return verdict;
  };
  const body = (hook: BodyHook | undefined) =>
    hook && ((exchange: GuestExchange, piece: BodyPiece) => noted(exchange, () => hook(exchange, piece)));
  return {
    ...{ version: generation.version, digest: generation.digest, hooks: generation.hooks },
    ...{ bodies: generation.bodies, bodyBytes: generation.bodyBytes },
    onRequest: (exchange) => noted(exchange, () => generation.onRequest(exchange)),
    onResponse: (exchange) => noted(exchange, () => generation.onResponse(exchange)),
    onRequestBody: body(generation.onRequestBody?.bind(generation)),
    onResponseBody: body(generation.onResponseBody?.bind(generation)),
    onRequestTrailers: generation.onRequestTrailers?.bind(generation),
    onResponseTrailers: generation.onResponseTrailers?.bind(generation),
    onLog: (exchange) => generation.onLog(exchange),
    release: generation.release?.bind(generation),
    close: () => generation.close(),
    get fuelUsed() {
      return generation.fuelUsed ?? 0;
    },
    get started() {
      return generation.started ?? 0;
    },
    get traps() {
      return generation.traps;
    },
    get memorySize() {
      return generation.memorySize;
    },
  };
}

type BodyHook = (exchange: GuestExchange, piece: BodyPiece) => Verdict;

function after(note: () => void, listener: (verdict: Verdict) => void): (verdict: Verdict) => void {
  return (verdict) => {
    note();
    listener(verdict);
  };
}

function add({ attributes }: GuestExchange, units: number): void {
  attributes.set(FUEL_ATTRIBUTE, Number(attributes.get(FUEL_ATTRIBUTE) ?? 0) + units);
}
