import type { Aside } from "../../generation.ts";
import type { ExplainTrap } from "../../trap.ts";
import { NEXT, type Verdict } from "../../verdict.ts";
import type { ProxyWasmCode } from "./code.ts";
import { endVm } from "./end-vm.ts";
import { answerOf } from "./failed-call.ts";
import type { FilterHost } from "./filter-host.ts";
import type { Callback, GuestVm } from "./guest-vm.ts";
import type { RootEvents } from "./root-life.ts";
import { startVm, withLastWords } from "./start-vm.ts";

type Fault = Extract<Verdict, { kind: "fault" }>;

const PAGE = 65_536;
/** The share of its memory that a machine may fill before another one takes over. */
const FULL = 0.8;
const UNGUARDED: Aside = { run: (run) => run(), count() {} };

/** The machine that serves, and a spare one that takes over when it fails or is worn out. */
export class Machines {
  traps = 0;
  readonly aside: Aside;
  readonly #code: ProxyWasmCode;
  readonly #host: FilterHost;
  readonly #explain: ExplainTrap;
  readonly #events: RootEvents;
  #current: GuestVm | undefined;
  #spare: GuestVm | undefined;
  /** Why there is no spare machine, until an exchange that needed one has been told. */
  #missing: { readonly thrown: unknown } | undefined = undefined;
  #closed = false;

  /**
   * Starts both.
   *
   * @param aside what becomes of callbacks of the root context
   * @throws START_FAILED, CONFIG_REFUSED
   */
  constructor(code: ProxyWasmCode, host: FilterHost, explain: ExplainTrap, aside = UNGUARDED) {
    this.aside = aside;
    this.#code = code;
    this.#host = host;
    this.#explain = explain;
    this.#events = {
      tick: (vm) => aside.run(() => this.#root(vm, vm.exports.proxy_on_tick, vm.root.id)),
      queueReady: (vm, queue) => aside.run(() => this.#root(vm, vm.exports.proxy_on_queue_ready, vm.root.id, queue)),
      answered: (vm, token, outcome) => {
        const { root } = vm;
        const answer = answerOf(outcome);
        root.response = answer;
        root.status = answer === undefined ? { code: 11, message: "reset" } : { code: 0, message: "" };
        const counts = answer && [answer.headers.length + 1, answer.body.length, answer.trailers.length];
        // In quarantine as well: what it has begun may end.
        const ended = vm.exports.proxy_on_http_call_response;
        aside.count("proxy_on_http_call_response", this.#root(vm, ended, root.id, token, ...(counts ?? [0, 0, 0])));
        root.response = undefined;
      },
    };
    this.#current = this.#start(false);
    this.#spare = this.#start(true);
    this.#wake(this.#current);
  }

  get fuelUsed(): number {
    return this.#host.fuelUsed;
  }

  get startFuel(): number | undefined {
    return this.#host.start.proven;
  }

  get memorySize(): number {
    return this.#current?.memory.size ?? 0;
  }

  /** The machine for an exchange that comes now. @throws START_FAILED, CONFIG_REFUSED; what failed before is not tried again at once */
  forNewStream(): GuestVm {
    const [current, missing] = [this.#current, this.#missing];
    if (current === undefined) {
      this.#missing = undefined;
      if (missing !== undefined) throw missing.thrown;
      return this.#replace();
    }
    if (this.#spare !== undefined && this.#isWorn(current)) this.#retire(current);
    return this.#current ?? this.#replace();
  }

  /** An exchange has left the machine: one that serves no others ends with the last of them. */
  left(vm: GuestVm): void {
    if (vm === this.#current || vm.streams.size > 0) return;
    endVm(vm);
  }

  #isWorn({ callbacks, memory: { size }, firstSize }: GuestVm): boolean {
    const { hooksPerInstance, memoryPages } = this.#host.limits;
    return callbacks >= hooksPerInstance || (size > firstSize && size > FULL * PAGE * memoryPages);
  }

  /** The machine is at its end, and all that lives in it. */
  fail(vm: GuestVm, thrown: unknown): Fault {
    this.traps += 1;
    const { code, detail } = this.#explain(thrown, undefined, vm.exhausted);
    const fault: Fault = { kind: "fault", code, detail: withLastWords(detail, vm) };
    const lost: Fault = { kind: "fault", code: "GUEST_LOST", detail: `its instance has ended: ${detail}` };
    for (const stream of vm.streams.values()) queueMicrotask(() => stream.fail(lost));
    vm.life.end();
    if (vm === this.#current) this.#current = undefined;
    if (!this.#closed && this.#current === undefined) this.#takeSpare();
    return fault;
  }

  close(): void {
    this.#closed = true;
    if (this.#current !== undefined) endVm(this.#current);
    // It has done nothing that it could bring to an end.
    this.#spare?.life.end();
    this.#current = undefined;
    this.#spare = undefined;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Exchanges that it has begun end on it; new ones go to the spare. */
  #retire(vm: GuestVm): void {
    vm.life.rest();
    this.#takeSpare();
    this.left(vm);
  }

  #takeSpare(): void {
    const spare = this.#spare;
    this.#spare = undefined;
    this.#current = spare;
    if (spare !== undefined) this.#wake(spare);
    setImmediate(() => this.#refill());
  }

  #replace(): GuestVm {
    const vm = this.#start(false);
    this.#current = vm;
    this.#wake(vm);
    return vm;
  }

  /** Outside of any exchange. */
  #refill(): void {
    if (this.#closed || this.#spare !== undefined) return;
    try {
      if (this.#current === undefined) this.#replace();
      this.#spare = this.#start(true);
      this.#missing = undefined;
    } catch (thrown) {
      this.#missing = { thrown };
    }
  }

  #start(quiet: boolean): GuestVm {
    return startVm(this.#code, this.#host, this.#explain, quiet);
  }

  #wake(vm: GuestVm): void {
    vm.life.wake(this.#events);
  }

  /** What no exchange has brought about: the log alone tells how it failed. */
  #root(vm: GuestVm, callback: Callback | undefined, ...args: number[]): Verdict {
    if (vm.fault !== undefined) return NEXT;
    try {
      vm.call(vm.root, callback, ...args);
      return NEXT;
    } catch (thrown) {
      const fault = this.fail(vm, thrown);
      const { services, plugin } = this.#host;
      const message = `a callback of the root context failed: ${fault.code}: ${fault.detail}`;
      services.log({ plugin, level: "error", message });
      return fault;
    }
  }
}
