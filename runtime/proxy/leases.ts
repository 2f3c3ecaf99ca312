import type { PluginBinding } from "../config/snapshot.ts";
import type { Exchange } from "../http/exchange.ts";
import { type Lease, WANTS } from "../wasm/slot.ts";
import type { Verdict } from "../wasm/verdict.ts";
import type { ChainListener } from "./chain-listener.ts";
import type { ChainPlan } from "./chain-plan.ts";

/**
 * The plugins that one exchange has met, each leased once, so that the exchange ends on the generations it began with.
 * A class to derive from: a chain should not be two objects.
 */
export abstract class Leases {
  protected readonly plan: ChainPlan;
  /** By binding; undefined where the plugin was not ready, and beyond the filter that answered. */
  protected readonly leases: (Lease | undefined)[];
  /** Bindings that the request met, and how many of these it passed; the response goes back through the latter. */
  protected entered = 0;
  protected passed = 0;
  /** What any of the leased generations wants. */
  protected wants = 0;

  constructor(plan: ChainPlan) {
    this.plan = plan;
    this.leases = plan.bindings.map(() => undefined);
  }

  /** JSON, before the leases go back: the version of each plugin that saw the exchange, by its name. */
  get versionsText(): string {
    return this.plan.versionsText(this.leases);
  }

  /** Whether a filter has a hook for the response's body; another one may yet let the head wait, which makes a way for it too. */
  get readsResponseBody(): boolean {
    return (this.wants & WANTS.responseBody) !== 0;
  }

  /** Leases the next plugin. */
  protected enter(): Lease | undefined {
    const lease = this.plan.leaseAt(this.entered);
    this.leases[this.entered] = lease;
    this.entered += 1;
    if (lease !== undefined) this.wants |= lease.wants;
    return lease;
  }

  /** A filter that has answered may want to see what it said. */
  protected hasAnswered(index: number, { kind }: Verdict): void {
    const sees = kind === "respond" && this.leases[index]?.generation.seesOwnAnswers === true;
    if (sees) this.passed = Math.max(this.passed, index + 1);
  }

  /** The places that the request has passed, as it met them. */
  protected onwardPassed(): number[] {
    const places: number[] = [];
    for (let each = 0; each < this.passed; each += 1) places.push(each);
    return places;
  }

  /** The same as the response meets them. @param at the place that it has come to */
  protected backwardPassed(at: number): number[] {
    const places: number[] = [];
    for (let each = this.passed - 1; each > at; each -= 1) places.push(each);
    return places;
  }

  /** `on-log`, which the listener hears of where it fails. */
  protected log(exchange: Exchange, listener: ChainListener): void {
    this.#enterForLog();
    if ((this.wants & WANTS.log) === 0) return;
    for (let at = 0; at < this.entered; at += 1) {
      const lease = this.leases[at];
      if (!lease?.onLog) continue;
      const verdict = lease.generation.onLog(exchange);
      if (verdict.kind !== "fault") continue;
      const { name } = this.plan.bindings[at] as PluginBinding;
      listener.fault(name, verdict.code, verdict.detail);
    }
  }

  /** Leases plugins that the exchange did not come to, and that hear of its end all the same. */
  #enterForLog(): void {
    while (this.entered < this.leases.length) {
      const lease = this.plan.leaseForLog(this.entered);
      this.leases[this.entered] = lease;
      this.entered += 1;
      if (lease !== undefined) this.wants |= lease.wants;
    }
  }

  protected giveBack(exchange: Exchange): void {
    for (let at = 0; at < this.entered; at += 1) {
      const lease = this.leases[at];
      if (lease === undefined) continue;
      if ((this.wants & WANTS.release) !== 0) lease.generation.release?.(exchange);
      lease.release();
      this.leases[at] = undefined;
    }
    this.entered = 0;
    this.passed = 0;
    this.wants = 0;
  }
}
