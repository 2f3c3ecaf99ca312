import type { BodyPiece, GuestExchange, LocalResponse } from "../exchange.ts";
import type { HostServices } from "../services.ts";
import type { BodyHook, HeadHook, Hook } from "../verdict.ts";
import { type Budget, budgetOf, knownBudgetOf } from "./budget.ts";
import { idleExchange } from "./idle-exchange.ts";
import type { PluginScope } from "./plugin-scope.ts";

/** What the SDK said right before it trapped. */
export interface FaultReport {
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const IDLE = idleExchange();

/** The hook for the body that follows a head. */
export const BODY_HOOK: Readonly<Record<HeadHook, BodyHook>> = {
  "on-request": "on-request-body",
  "on-response": "on-response-body",
};

/** The hook that is running, as the host functions of one instance see it. An instance runs one hook at a time. */
export class HookContext {
  readonly scope: PluginScope;
  readonly plugin: string;
  readonly services: HostServices;
  hook: Hook = "configure";
  exchange: GuestExchange = IDLE;
  /** Of a hook for a body. */
  piece: BodyPiece | undefined = undefined;
  fault: FaultReport | undefined = undefined;
  /** What the hook answers in place of the backend, should it decide so. */
  answer: LocalResponse | undefined = undefined;
  /** How many hooks the instance has begun. */
  hooks = 0;
  /** Units of fuel that the hook was given. */
  fuel = 0;
  #budget: Budget | undefined = undefined;
  /** NaN until the hook asks. */
  #now = Number.NaN;
  #monotonic = Number.NaN;
  /** Ends the call that the hook sleeps for. */
  #cancel: (() => void) | undefined = undefined;
  #abandoned = false;
  readonly #marker: HostServices["marker"];
  readonly #mark: number;

  constructor(scope: PluginScope) {
    const { plugin, services } = scope;
    this.scope = scope;
    this.plugin = plugin;
    this.services = services;
    this.#marker = services.marker;
    this.#mark = services.marker?.handle(plugin) ?? 0;
  }

  /** What the plugin has used up of its share in this exchange. */
  get budget(): Budget {
    this.#budget ??= budgetOf(this.exchange, this.scope);
    return this.#budget;
  }

  /** Whether the head of this hook may be changed now: in the hook itself, and in its body's while the plugin holds it. */
  opens(head: HeadHook): boolean {
    return this.hook === head || (this.hook === BODY_HOOK[head] && this.holds(head));
  }

  /** Whether the plugin has held the head of this hook back. */
  holds(head: HeadHook): boolean {
    return knownBudgetOf(this.exchange, this.scope)?.held === head;
  }

  /** Fuel that the plugin has burnt for this exchange, as far as it is worth noting. */
  get spentFuel(): number {
    return knownBudgetOf(this.exchange, this.scope)?.fuel ?? 0;
  }

  spendFuel(units: number): void {
    this.budget.fuel += units;
  }

  /** Readings of the clock, the same for the length of the hook. */
  get now(): number {
    if (Number.isNaN(this.#now)) this.#now = this.services.clock.now();
    return this.#now;
  }

  get monotonic(): number {
    if (Number.isNaN(this.#monotonic)) this.#monotonic = this.services.clock.monotonic();
    return this.#monotonic;
  }

  /** The held head of the running hook's body may go on. */
  release(): void {
    const budget = knownBudgetOf(this.exchange, this.scope);
    if (budget?.held !== undefined && BODY_HOOK[budget.held] === this.hook) budget.held = undefined;
  }

  /** The hook goes to sleep. @param cancel ends what it waits for, so that it goes on */
  pause(cancel: () => void): void {
    this.#cancel = cancel;
    this.#marker?.leave();
  }

  /** It goes on, later. */
  resume(): void {
    this.#cancel = undefined;
    this.#now = Number.NaN;
    this.#monotonic = Number.NaN;
    this.#marker?.enter(this.#mark);
  }

  /** The exchange is over while the hook sleeps: it goes on alone, sees nothing, changes nothing, and sleeps no more. */
  abandon(): void {
    this.exchange = idleExchange();
    this.piece = undefined;
    this.#budget = undefined;
    this.#abandoned = true;
    this.#cancel?.();
  }

  get isAbandoned(): boolean {
    return this.#abandoned;
  }

  begin(hook: Hook, exchange: GuestExchange, piece?: BodyPiece): void {
    this.fault = undefined;
    this.hooks++;
    this.#turn(hook, exchange, piece);
    this.#marker?.enter(this.#mark, hook === "configure");
  }

  /** Lets go of the exchange. */
  end(): void {
    this.#marker?.leave();
    this.#turn("configure", IDLE, undefined);
  }

  #turn(hook: Hook, exchange: GuestExchange, piece: BodyPiece | undefined): void {
    this.hook = hook;
    this.exchange = exchange;
    this.piece = piece;
    this.answer = undefined;
    this.#abandoned = false;
    this.#budget = undefined;
    this.#now = Number.NaN;
    this.#monotonic = Number.NaN;
  }
}
