import { extname } from "node:path";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import type { Snapshot } from "../../config/snapshot.ts";
import { messageOf } from "../../errors.ts";
import type { MetricMember, MetricPool } from "../../telemetry/metric-pool.ts";
import type { HealthEvent } from "../../wasm/health/quarantine.ts";
import type { ProxyNode } from "../../wasm/services.ts";
import { createLineRing, LineRingReader } from "./line-ring.ts";
import { type AskKind, type Asks, heddleError, type Notice, type WorkerEvent, type WorkerSetup } from "./messages.ts";
import { createPulse, PulseReader } from "./pulse.ts";
import type { RecordSetup } from "./recording.ts";
import { ThreadClock, type ThreadTime } from "./thread-time.ts";
import { within } from "./within.ts";

/** The worker ended before it answered. */
export class WorkerGone extends Error {
  override readonly name = "WorkerGone";
}

export interface MemberHandlers {
  events(member: Member, events: readonly WorkerEvent[]): void;
  missed(ticket: number, keySet: string): void;
  recorded(lines: string, lost: number): void;
  health(member: Member, ticket: number, event: HealthEvent): void;
  /** The thread has ended. @param error what it threw, if anything */
  gone(member: Member, error: unknown): void;
}

export interface MemberOptions {
  readonly id: number;
  readonly node?: ProxyNode | undefined;
  readonly reusePort: boolean;
  readonly record?: RecordSetup | undefined;
  readonly pool: MetricPool;
  readonly handlers: MemberHandlers;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The compiled package has JavaScript here, the repository TypeScript. */
const ENTRY = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/** Megabytes, three times the semi-space; smaller ones make requests dearer, larger ones no cheaper (measured). */
const YOUNG_GENERATION = 48;

// Helpers with the young generation of a thread, of which some 100 KB are alive, take turns with it on processors that are
// busy serving. Without them p99 of pieces of 50 ms at half of nginx's rate was 1.65 of nginx's instead of 1.9.
setFlagsFromString("--no-parallel-scavenge");

/** A worker as the main thread sees it. */
export class Member {
  readonly id: number;
  readonly pulse: PulseReader;
  readonly lines: LineRingReader;
  readonly startedAt = performance.now();
  /** `live`: it has what the others have, and serves. */
  state: "starting" | "joining" | "live" | "gone" = "starting";
  /** The configuration that it is ready for. */
  prepared: Snapshot | undefined = undefined;
  /** Why it is being ended. */
  verdict: string | undefined = undefined;
  /** Resolves once it takes messages; rejects when it ends before. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #metrics: MetricMember;
  readonly #handlers: MemberHandlers;
  readonly #pending = new Map<number, Pending>();
  readonly #plugins = new Map<number, string>();
  readonly #hello = Promise.withResolvers<void>();
  #clock = new ThreadClock(undefined);
  #asked = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ id, node, reusePort, record, pool, handlers }: MemberOptions) {
    this.id = id;
    this.#handlers = handlers;
    this.#metrics = pool.join();
    this.ready = this.#hello.promise;
    this.ready.catch(() => {});
    const pulse = createPulse();
    this.pulse = new PulseReader(pulse);
    const lines = createLineRing();
    this.lines = new LineRingReader(lines);
    const setup: WorkerSetup = { id, node, pulse, lines, reusePort, record };
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION };
    this.#worker = new Worker(ENTRY, { name: `heddle ${id}`, workerData: setup, resourceLimits });
    let thrown: unknown;
    this.#worker.on("message", (notice: Notice) => this.#hear(notice));
    this.#worker.on("error", (error) => {
      thrown = error;
    });
    this.#worker.on("exit", () => this.#end(thrown));
  }

  ask<Kind extends AskKind>(kind: Kind, ask: Asks[Kind]["ask"]): Promise<Asks[Kind]["answer"]> {
    if (this.state === "gone") return Promise.reject(new WorkerGone());
    const id = ++this.#asked;
    const { promise, resolve, reject } = Promise.withResolvers<Asks[Kind]["answer"]>();
    this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
    this.#worker.postMessage({ id, kind, ...ask });
    return promise;
  }

  /** Runs a task that asks once those before it have ended, so that what comes last is what stays. */
  inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(task);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Of its thread; undefined where that is not known. */
  time(): ThreadTime | undefined {
    return this.#clock.read();
  }

  /** The plugin that the pulse names by this number. */
  pluginOf(mark: number): string | undefined {
    return this.#plugins.get(mark);
  }

  /** Lets it close what it has open, for so many milliseconds. */
  async close(patience: number): Promise<void> {
    await within(patience, this.ask("close", {}));
    await this.terminate();
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #hear(notice: Notice): unknown {
    switch (notice.kind) {
      case "hello":
        this.#clock = new ThreadClock(notice.thread);
        this.state = "joining";
        return this.#hello.resolve();
      case "answer":
        return this.#settle(notice.id)?.resolve(notice.value);
      case "failure":
        return this.#settle(notice.id)?.reject(heddleError(notice.error));
      case "recorded":
        return this.#handlers.recorded(notice.lines, notice.lost);
      case "metric":
        return this.#metrics.take(notice.notice);
      case "mark":
        return this.#plugins.set(notice.mark, notice.plugin);
      case "events":
        return this.#handlers.events(this, notice.events);
      case "health":
        return this.#handlers.health(this, notice.ticket, notice.event);
      case "missed":
        return this.#handlers.missed(notice.ticket, notice.keySet);
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #end(thrown: unknown): void {
    this.state = "gone";
    this.#clock.close();
    this.#metrics.leave();
    const reason = new WorkerGone(thrown === undefined ? "the worker ended" : messageOf(thrown));
    this.#hello.reject(reason);
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
    this.#handlers.gone(this, thrown);
  }
}
