import type { ExplainTrap } from "../../trap.ts";
import type { Verdict } from "../../verdict.ts";
import type { ProxyWasmCode } from "./code.ts";
import { endVm } from "./end-vm.ts";
import type { FilterHost } from "./filter-host.ts";
import type { Callback, GuestVm } from "./guest-vm.ts";
import type { RootEvents } from "./root-life.ts";
import { startVm, withLastWords } from "./start-vm.ts";

type Fault = Extract<Verdict, { kind: "fault" }>;

const PAGE = 65_536;
/** The share of its memory that a machine may fill before another one takes over. */
const FULL = 0.8;
/** Ticks and queues that may fail within so many milliseconds before the plugin gets no more of them. */
const MOST_ROOT_FAULTS = 5;
const ROOT_FAULT_WINDOW = 60_000;

/** The machine that serves, and a spare one that takes over when it fails or is worn out. */
export class Machines {
  traps = 0;
  readonly #code: ProxyWasmCode;
  readonly #host: FilterHost;
  readonly #explain: ExplainTrap;
  readonly #events: RootEvents;
  #current: GuestVm | undefined;
  #spare: GuestVm | undefined;
  #rootFaults: number[] = [];
  #closed = false;

  /** Starts both. @throws START_FAILED, CONFIG_REFUSED */
  constructor(code: ProxyWasmCode, host: FilterHost, explain: ExplainTrap) {
    this.#code = code;
    this.#host = host;
    this.#explain = explain;
    this.#events = {
      tick: (vm) => this.#alone(() => this.#root(vm, vm.exports.proxy_on_tick, vm.root.id)),
      queueReady: (vm, queue) => this.#alone(() => this.#root(vm, vm.exports.proxy_on_queue_ready, vm.root.id, queue)),
      answered: (vm, token, outcome) => {
        const { root } = vm;
        const answer = outcome.kind === "response" ? outcome : undefined;
        root.response = answer;
        root.status = answer === undefined ? { code: 11, message: "reset" } : { code: 0, message: "" };
        const counts = answer && [answer.headers.length + 1, answer.body.length, answer.trailers.length];
        this.#root(vm, vm.exports.proxy_on_http_call_response, root.id, token, ...(counts ?? [0, 0, 0]));
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

  get memorySize(): number {
    return this.#current?.memory.size ?? 0;
  }

  /** The machine for an exchange that comes now. @throws START_FAILED, CONFIG_REFUSED */
  forNewStream(): GuestVm {
    const current = this.#current;
    if (current === undefined) return this.#replace();
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

  /** Outside of any exchange; if it fails, the next exchange tries again and reports why. */
  #refill(): void {
    if (this.#closed || this.#spare !== undefined) return;
    try {
      if (this.#current === undefined) this.#replace();
      this.#spare = this.#start(true);
    } catch {
      this.#spare = undefined;
    }
  }

  #start(quiet: boolean): GuestVm {
    return startVm(this.#code, this.#host, this.#explain, quiet);
  }

  #wake(vm: GuestVm): void {
    vm.life.wake(this.#events, this.#rootFaults.length < MOST_ROOT_FAULTS);
  }

  /** What no exchange has brought about must not fail again and again: nobody would see it. */
  #alone(run: () => boolean): void {
    if (run()) return;
    const now = this.#host.services.clock.monotonic();
    this.#rootFaults = [...this.#rootFaults.filter((at) => now - at < ROOT_FAULT_WINDOW), now];
    if (this.#rootFaults.length >= MOST_ROOT_FAULTS) this.#current?.life.rest();
  }

  /** False where it failed. */
  #root(vm: GuestVm, callback: Callback | undefined, ...args: number[]): boolean {
    if (vm.fault !== undefined) return true;
    try {
      vm.call(vm.root, callback, ...args);
      return true;
    } catch (thrown) {
      const { code, detail } = this.fail(vm, thrown);
      const { services, plugin } = this.#host;
      services.log({ plugin, level: "error", message: `a callback of the root context failed: ${code}: ${detail}` });
      return false;
    }
  }
}
