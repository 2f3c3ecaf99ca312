import type { BodySink, BodySource } from "../../http/exchange.ts";
import type { FieldList } from "../../http/fields.ts";
import type { Verdict } from "../../wasm/verdict.ts";
import type { Direction } from "../direction.ts";
import { type Reply, refusal } from "../reply.ts";
import type { Shadow } from "../shadow.ts";
import type { Time } from "../wait.ts";
import type { BodyHooks } from "./body-hooks.ts";
import { Outlet } from "./outlet.ts";
import type { Receiver } from "./receiver.ts";
import { ShadowStage } from "./shadow-stage.ts";
import { Stage, type StageOptions, type StageOwner } from "./stage.ts";

/** Hears of what stages decide, when the bytes at hand have gone as far as they go. */
export interface PipelineOwner {
  readonly time: Time;
  /** The head may go on from the stage that held it. */
  released(direction: Direction): void;
  /** The message goes nowhere. @param held whether the head had waited at the stage that says so */
  answered(direction: Direction, reply: Reply, held: boolean): void;
  /** What a final verdict of a filter means: undefined where the message goes on. */
  conclude(stage: Stage, verdict: Verdict): Reply | undefined;
  waited(milliseconds: number): void;
  /** A fault of ours. */
  crashed(error: unknown): void;
}

export interface PipelineOptions {
  readonly direction: Direction;
  readonly source: BodySource;
  readonly owner: PipelineOwner;
  /** Of the body as it comes, where its message says it. */
  readonly length: number | undefined;
  /** Whether trailers may follow a body of an announced length: HTTP/2 has that, HTTP/1.1 does not. */
  readonly mayTrail: boolean;
}

/**
 * The body of one message on its way through the filters that have hooks for it, in their order. Takes what the source
 * gives, gives to one sink, and keeps no more than filters ask for: a stage that cannot take a piece stops the source.
 */
export class Pipeline implements BodySink, BodySource, StageOwner {
  readonly #direction: Direction;
  readonly #source: BodySource;
  readonly #owner: PipelineOwner;
  readonly #length: number | undefined;
  readonly #mayTrail: boolean;
  readonly #outlet = new Outlet();
  readonly #stages: Stage[] = [];
  #first: Receiver = this.#outlet;
  #last: Stage | ShadowStage | undefined = undefined;
  #received = 0;
  #started = false;
  #paused = false;
  #closed = false;
  /** Calls of ours on the stack. */
  #depth = 0;
  #released = false;
  #answer: { readonly reply: Reply; readonly held: boolean } | undefined = undefined;

  constructor({ direction, source, owner, length, mayTrail }: PipelineOptions) {
    this.#direction = direction;
    this.#source = source;
    this.#owner = owner;
    this.#length = length;
    this.#mayTrail = mayTrail;
  }

  get time(): Time {
    return this.#owner.time;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the head waits at a stage. */
  get holdsHead(): boolean {
    return this.#stages.some((stage) => stage.holdsHead);
  }

  /** The most that a filter kept at once, in bytes. */
  get mostKept(): number {
    return this.#stages.reduce((most, stage) => Math.max(most, stage.mostKept), 0);
  }

  /** Whether the filter at this place of the chain has a stage already. */
  has(index: number): boolean {
    return this.#stages.some((stage) => stage.index === index);
  }

  /** A filter joins at the end. It is shown nothing before `pump`. */
  append(options: Omit<StageOptions, "owner">): void {
    const stage = new Stage({ ...options, owner: this }, this.#outlet);
    stage.adopt(this.#outlet.empty());
    this.#stages.push(stage);
    this.#join(stage);
  }

  /** A filter that only watches joins at the end. */
  watch(shadow: Shadow, hooks: BodyHooks, whole: boolean): void {
    const stage = new ShadowStage(shadow, hooks, whole, this.#outlet);
    const { bytes, last, ended, trailers } = this.#outlet.empty();
    this.#join(stage);
    stage.take(bytes, last);
    if (ended) stage.end(trailers);
  }

  #join(stage: Stage | ShadowStage): void {
    if (this.#last === undefined) this.#first = stage;
    else this.#last.next = stage;
    this.#last = stage;
  }

  /** Shows filters that have joined what is there for them. */
  pump(): void {
    this.#depth += 1;
    // What reaches a later filter is what those before it make of the body.
    for (const stage of this.#stages) stage.wake(stage === this.#first && !this.#started ? this.#length : 0);
    this.#depth -= 1;
    this.#act();
    this.#moved();
  }

  /** Lets the body flow in, whether anybody takes what comes out or not. */
  start(): void {
    if (this.#started || this.#closed) return;
    this.#started = true;
    this.#source.flow(this);
  }

  /**
   * Makes the length that a head announces fit its body: exact where all of it is here, left to the protocol's framing
   * where filters may still change it, or where trailers follow: HTTP/1.1 has them behind chunks alone.
   */
  fit(fields: FieldList): void {
    const { whole, hasTrailers } = this.#outlet;
    if (hasTrailers) fields.remove("content-length");
    else if (whole !== undefined) fields.set("content-length", String(whole));
    else if (this.#stages.some((stage) => stage.edits)) fields.remove("content-length");
  }

  /** The length of a body that is all here and goes nowhere yet. */
  get whole(): number | undefined {
    return this.#outlet.whole;
  }

  // The source's side.

  /** @param last no more bytes follow */
  write(chunk: Uint8Array, last: boolean = false): boolean {
    if (this.#closed) return true;
    this.#received += chunk.length;
    this.#depth += 1;
    this.#first.take(chunk, last || this.#isLast);
    this.#depth -= 1;
    this.#act();
    this.#paused = !this.#takes;
    return !this.#paused;
  }

  end(trailers: FieldList | undefined): void {
    if (this.#closed) return;
    this.#depth += 1;
    this.#first.end(trailers);
    this.#depth -= 1;
    this.#act();
  }

  fail(reason: string): void {
    if (this.#closed) return;
    this.close();
    this.#outlet.fail(reason);
  }

  // The sink's side.

  flow(sink: BodySink): void {
    if (this.#closed) return;
    this.#outlet.open(sink);
    this.start();
    this.#moved();
  }

  resume(): void {
    this.#outlet.drained();
    this.#moved();
  }

  cancel(): void {
    this.close();
    this.#source.cancel();
  }

  /** Gives up what is kept and whatever is waited for. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stage of this.#stages) stage.close();
    this.#outlet.empty();
  }

  // What stages say.

  released(): void {
    this.#released = true;
  }

  goesOn(stage: Stage, verdict: Verdict): boolean {
    const reply = this.#owner.conclude(stage, verdict);
    if (reply === undefined) return true;
    this.#answered(stage, reply);
    return false;
  }

  tooLarge(stage: Stage): void {
    const detail = `body_too_large: ${stage.binding.name}: it keeps more of a body than it may`;
    this.#answered(stage, refusal("BL", detail, this.#direction === "request" ? 413 : 502));
  }

  settled(stage: Stage, verdict: Verdict): void {
    if (this.#closed) return;
    try {
      this.#depth += 1;
      stage.decide(verdict);
      this.#depth -= 1;
      this.#act();
      this.#moved();
    } catch (error) {
      this.#depth = 0;
      this.#owner.crashed(error);
    }
  }

  waited(_stage: Stage, milliseconds: number): void {
    this.#owner.waited(milliseconds);
  }

  #answered(stage: Stage, reply: Reply): void {
    this.#answer ??= { reply, held: stage.holdsHead };
    this.close();
  }

  /** Passes on what stages have said, once none of them is on the stack. */
  #act(): void {
    if (this.#depth > 0) return;
    const answer = this.#answer;
    if (answer !== undefined) {
      this.#answer = undefined;
      this.#owner.answered(this.#direction, answer.reply, answer.held);
    } else if (this.#released) {
      this.#released = false;
      if (!this.#closed) this.#owner.released(this.#direction);
    }
  }

  /** A head that waits for its body may go out with all that follows: then trailers are waited for, too. */
  get #isLast(): boolean {
    return this.#received === this.#length && !(this.#mayTrail && this.holdsHead);
  }

  get #takes(): boolean {
    return this.#closed || (this.#outlet.takes && this.#stages.every((stage) => stage.takes));
  }

  #moved(): void {
    if (!this.#paused || this.#closed || this.#depth > 0 || !this.#takes) return;
    this.#paused = false;
    this.#source.resume();
  }
}
