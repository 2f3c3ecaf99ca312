import type { WasmMemory } from "../../engine.ts";
import { Budget, budgetOf } from "../../host/budget.ts";
import { GuestFault } from "../guest-fault.ts";
import { Tank } from "../tank.ts";
import type { AbiVersion } from "./abi-version.ts";
import { type Context, RootContext, type StreamContext } from "./contexts.ts";
import type { FilterHost } from "./filter-host.ts";
import { flushPrinted } from "./guest-log.ts";
import { LinearMemory } from "./linear-memory.ts";
import { RootLife } from "./root-life.ts";

/** A function that the guest exports; its parameters are i32. */
export type Callback = (...args: number[]) => number | undefined;

/** The first context of every machine: roots and streams are counted together. */
const ROOT = 1;

/**
 * One instance of a module with the contexts that live in it: a virtual machine in the words of proxy-wasm. It runs one
 * callback at a time, and none after one that failed.
 */
export class GuestVm {
  readonly host: FilterHost;
  readonly abi: AbiVersion;
  readonly tank = new Tank();
  readonly memory = new LinearMemory(this.tank);
  readonly root = new RootContext(ROOT);
  readonly life: RootLife;
  readonly streams = new Map<number, StreamContext>();
  exports: Readonly<Record<string, Callback | undefined>> = {};
  /** `starting` and `allocating`: a few imports may be called; the others are the end of it. */
  state: "starting" | "running" | "allocating" = "starting";
  /** Callbacks of exchanges that it has run. */
  callbacks = 0;
  /** Bytes of memory with which it began to serve. */
  firstSize = 0;
  /** Why it never runs again. */
  fault: Error | undefined = undefined;
  /** Streams that a callback wants to go on or to end. */
  readonly touched = new Set<StreamContext>();
  /** `proxy_on_vm_start` runs. */
  startsVm = false;
  /** Lines of log are left out. */
  quiet = false;
  /** The last line of the running callback that spoke of an error. */
  lastError = "";
  /** What the guest has printed of lines that have not ended, by file descriptor. */
  readonly printed = ["", "", ""];
  /** Calls that this host does not make and that the log has named. */
  readonly named = new Set<string>();
  /** What the last callback used up, in words, when it ran out of fuel. */
  exhausted: string | undefined = undefined;
  #allowed = 0;
  #context: Context | undefined = undefined;
  #effective: Context | undefined = undefined;
  #contexts = ROOT;
  #now = Number.NaN;
  #monotonic = Number.NaN;

  constructor(host: FilterHost, abi: AbiVersion) {
    this.host = host;
    this.abi = abi;
    this.life = new RootLife(this);
  }

  /** Opens the memory; `starting` goes on until it is `running`. */
  attach(memory: WasmMemory | undefined, allocate: Callback | undefined): void {
    this.memory.attach(memory, (size) => this.#allocate(allocate, size));
  }

  nextContextId(): number {
    this.#contexts += 1;
    return this.#contexts;
  }

  /** What host calls act on. */
  get context(): Context {
    return this.#effective ?? this.#context ?? this.root;
  }

  /** The exchange that host calls act on. */
  get stream(): StreamContext | undefined {
    const { context } = this;
    return context.kind === "stream" ? context : undefined;
  }

  /** False for a context that does not live. */
  actOn(id: number): boolean {
    // The VM itself, by the number 0, has nothing that its root context does not have.
    const found = id === ROOT || id === 0 ? this.root : this.streams.get(id);
    if (found !== undefined) this.#effective = found;
    return found !== undefined;
  }

  get budget(): Budget {
    const { stream } = this;
    if (stream !== undefined) return budgetOf(stream.exchange, this.host);
    this.root.budget ??= new Budget(this.host, undefined);
    return this.root.budget;
  }

  /** Milliseconds since the Unix epoch, the same for the length of a callback. */
  get now(): number {
    if (Number.isNaN(this.#now)) this.#now = this.host.services.clock.now();
    return this.#now;
  }

  get monotonic(): number {
    if (Number.isNaN(this.#monotonic)) this.#monotonic = this.host.services.clock.monotonic();
    return this.#monotonic;
  }

  /** What clocks say is asked again. */
  readClocks(): void {
    this.#now = Number.NaN;
    this.#monotonic = Number.NaN;
  }

  /** What the next callback may burn, which is otherwise what one for a head may. False for nothing. */
  allow(units: number): boolean {
    this.#allowed = Math.max(0, units);
    return units > 0;
  }

  /** @throws what ended the machine, now or before */
  call(context: Context, callback: Callback | undefined, a = 0, b = 0, c = 0, d = 0, e = 0): number | undefined {
    if (callback === undefined) {
      this.#allowed = 0;
      return undefined;
    }
    this.#enter(context);
    try {
      const result = callback(a, b, c, d, e);
      if (this.fault !== undefined) throw this.fault;
      return result;
    } catch (thrown) {
      throw this.fail(thrown);
    } finally {
      this.#leave();
    }
  }

  /** Runs what starts the guest, under the same watch. @throws as `call` */
  starting<Result>(start: () => Result): Result {
    this.#enter(this.root);
    try {
      const result = start();
      if (this.fault !== undefined) throw this.fault;
      return result;
    } catch (thrown) {
      throw this.fail(thrown);
    } finally {
      this.#leave();
    }
  }

  /** Nothing runs here any more. */
  fail(thrown: unknown): Error {
    this.fault ??= thrown instanceof Error ? thrown : new GuestFault("GUEST_TRAP", String(thrown));
    return this.fault;
  }

  /** Ends the guest from within a host call, whatever it catches: it broke the contract. */
  refuse(message: string): never {
    throw this.fail(new GuestFault("GUEST_PROTOCOL", message));
  }

  /** Ends the guest as it asked for. */
  trap(message: string): never {
    throw this.fail(new GuestFault("GUEST_TRAP", message));
  }

  #enter(context: Context): void {
    if (this.fault !== undefined) throw this.fault;
    if (this.#context !== undefined) throw new GuestFault("GUEST_PROTOCOL", "a callback was called within a callback");
    this.#context = context;
    this.#effective = undefined;
    this.readClocks();
    this.lastError = "";
    if (this.#allowed === 0) this.#allowed = this.host.fuel.head;
    this.tank.fill(this.#allowed);
    this.host.enter();
  }

  #leave(): void {
    this.host.leave();
    this.#settle();
    flushPrinted(this);
    this.#context = undefined;
    this.#effective = undefined;
    this.root.budget = undefined;
    if (this.touched.size === 0) return;
    for (const stream of this.touched) queueMicrotask(() => stream.settle());
    this.touched.clear();
  }

  /** What a callback has burnt is the plugin's, and the exchange's. */
  #settle(): void {
    const { fuel } = this.host;
    const allowed = this.#allowed;
    const left = this.tank.drain();
    this.#allowed = 0;
    this.host.fuelUsed += allowed - left;
    if (this.#context?.kind === "stream") {
      this.#context.spent += allowed - left;
      this.callbacks += 1;
    }
    if (left >= 0) return;
    const { headMillis, bodyMillis, exchangeMillis } = fuel.limits;
    if (this.firstSize === 0) this.exhausted = this.host.start.whole;
    else if (allowed === fuel.head) this.exhausted = `its ${headMillis} ms for a callback`;
    else if (allowed === fuel.body) this.exhausted = `its ${bodyMillis} ms for a callback about a body`;
    else this.exhausted = `its ${exchangeMillis} ms for one exchange`;
    this.fault ??= new GuestFault("FUEL_EXHAUSTED", `it used up ${this.exhausted}`);
  }

  #allocate(allocate: Callback | undefined, size: number): number {
    if (allocate === undefined) this.refuse("the module exports neither malloc nor proxy_on_memory_allocate");
    const { state } = this;
    this.state = "allocating";
    const address = allocate(size) ?? 0;
    if (this.fault !== undefined) throw this.fault;
    this.state = state;
    return address;
  }
}
