import type { PluginBinding } from "../config/snapshot.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Generation } from "../wasm/generation.ts";
import { WANTS } from "../wasm/slot.ts";
import { type GiveUp, NEXT, type Settle, type Verdict } from "../wasm/verdict.ts";
import { type ChainListener, type Step, WAITING } from "./chain-listener.ts";
import { brokenContract, conclude, mayFail } from "./conclude.ts";
import type { Direction } from "./direction.ts";
import { Leases } from "./leases.ts";
import { Bodies, type Hold } from "./pipeline/bodies.ts";
import type { Pipeline, PipelineOwner } from "./pipeline/pipeline.ts";
import type { Stage } from "./pipeline/stage.ts";
import { type Reply, refusal } from "./reply.ts";
import { type Time, Wait, type Waiter } from "./wait.ts";

/** The response has not met a filter yet. */
const NOT_YET = -1;

/**
 * The filters of one exchange: onward for the request, backward for the response, once more when it has ended.
 * Chains are used again and again.
 *
 * A head goes from filter to filter. Where one lets it wait, the chain says so and is asked again when its listener hears
 * that the head moves on. Bodies have a way of their own (`Bodies`), made for exchanges that need one.
 */
export class Chain extends Leases implements PipelineOwner, Waiter {
  /** Undefined while the chain is not in use. */
  listener: ChainListener | undefined = undefined;
  /** The place of the filter that the response has met last. */
  #back = NOT_YET;
  #bodies: Bodies | undefined = undefined;
  #wait: Wait | undefined = undefined;
  /** The message whose head has waited last. */
  #waiting: Direction = "request";

  /** Undefined when every filter let the request go on. */
  onward(exchange: Exchange): Step {
    const { bindings } = this.plan;
    while (this.entered < bindings.length) {
      const binding = bindings[this.entered] as PluginBinding;
      const lease = this.enter();
      if (lease === undefined && !mayFail(binding)) return refusal("NFCF", `plugin_not_ready: ${binding.name}`);
      const step = lease?.onRequest ? this.#request(binding, lease.generation, exchange) : undefined;
      if (step !== undefined) return step;
      this.#pass();
    }
    return undefined;
  }

  /** Lets every passed filter see the head of the response in `exchange`. Undefined when the head may go out. */
  backward(exchange: Exchange): typeof WAITING | undefined {
    if ((this.wants & WANTS.response) === 0 && this.#bodies?.response === undefined) return undefined;
    if (this.#back === NOT_YET) this.#back = this.passed;
    while (this.#back > 0) {
      this.#back -= 1;
      const lease = this.leases[this.#back];
      const step = lease?.onResponse ? this.#response(lease.generation, exchange) : undefined;
      if (step === WAITING) return step;
      this.#passBack(step);
    }
    return undefined;
  }

  /** Whether filters have seen anything of a response. */
  get isBack(): boolean {
    return this.#back !== NOT_YET || this.#bodies?.response !== undefined;
  }

  /** Lets filters that joined the way of a body see what is there of it. False where one of them answered. */
  pump(direction: Direction): boolean {
    const pipe = this.#bodies?.[direction];
    if (pipe === undefined) return true;
    pipe.pump();
    return !pipe.closed;
  }

  /** To be called when a head waits: lets filters that hold it see its body. */
  flow(): void {
    const pipe = this.#bodies?.[this.#waiting];
    if (pipe === undefined) return;
    pipe.pump();
    if (pipe.closed || this.#waiting === "response" || !pipe.holdsHead) return;
    if (this.#bodies?.exchange.request.hasBody) pipe.start();
    else pipe.end(undefined);
  }

  /** The way of the request's body once its head may go out; undefined where filters have nothing to do with it. */
  requestBody(exchange: Exchange): Pipeline | undefined {
    if ((this.wants & WANTS.requestBody) !== 0 && this.#bodies?.request === undefined && exchange.request.hasBody) {
      this.#open("request", exchange, NOT_YET).pump();
    }
    return this.#bodies?.request;
  }

  /** The same for the response. */
  responseBody(exchange: Exchange): Pipeline | undefined {
    if ((this.wants & WANTS.responseBody) !== 0 && this.#bodies?.response === undefined && exchange.response.hasBody) {
      this.#open("response", exchange, NOT_YET).pump();
    }
    return this.#bodies?.response;
  }

  /** Nobody wants more of a message; filters that make it wait are not waited for. */
  close(direction: Direction): void {
    if (this.#bodies === undefined) return;
    if (this.#waiting === direction) this.#endWait();
    this.#bodies.close(direction);
  }

  /** The exchange has ended: nothing is waited for any more. */
  stop(): void {
    const bodies = this.#bodies;
    if (bodies === undefined) return;
    this.#endWait();
    bodies.end();
    if (bodies.mostKept > 0) this.listener?.kept(bodies.mostKept);
    this.#bodies = undefined;
  }

  /** After that: `on-log`, then every lease goes back. Whoever opened the chain lets go of it. */
  finish(exchange: Exchange): void {
    // Given back twice it would serve two exchanges at once.
    if (this.listener === undefined) return;
    this.stop();
    this.log(exchange, this.listener);
    this.giveBack(exchange);
    this.listener = undefined;
    this.#back = NOT_YET;
    this.plan.takeBack(this);
  }

  // What filters say later.

  get time(): Time {
    return this.#listener.time;
  }

  settled(verdict: Verdict): void {
    const { listener } = this;
    const direction = this.#waiting;
    const { exchange } = this.#bodies as Bodies;
    this.#wait = undefined;
    try {
      const index = direction === "request" ? this.entered - 1 : this.#back;
      const step = this.#decide(index, exchange, verdict, direction);
      if (step === WAITING) this.flow();
      else this.#moveOn(direction, step);
    } catch (error) {
      listener?.crashed(error);
    }
  }

  waited(milliseconds: number): void {
    this.listener?.waited(milliseconds);
  }

  released(direction: Direction): void {
    this.#moveOn(direction, undefined);
  }

  answered(direction: Direction, reply: Reply, held: boolean): void {
    if (held) this.#moveOn(direction, reply);
    else this.#listener.answers(reply, direction);
  }

  conclude({ binding, index }: Stage, verdict: Verdict): Reply | undefined {
    this.hasAnswered(index, verdict);
    return conclude(binding, (this.#bodies as Bodies).exchange, verdict, this.#listener);
  }

  crashed(error: unknown): void {
    this.#listener.crashed(error);
  }

  /** The filter at which a head waited has done with it. */
  #moveOn(direction: Direction, reply: Reply | undefined): void {
    if (direction === "request" && reply !== undefined) {
      this.#listener.answers(reply, direction);
      return;
    }
    if (direction === "request") this.#pass();
    else this.#passBack(reply);
    this.#listener.movesOn(direction);
  }

  get #listener(): ChainListener {
    return this.listener as ChainListener;
  }

  // One filter after another.

  #pass(): void {
    this.passed = this.entered;
    this.#bodies?.join("request", this.passed - 1);
  }

  #passBack(reply: Reply | undefined): void {
    if (reply === undefined) {
      this.#bodies?.join("response", this.#back);
      return;
    }
    // What filters have seen of the old body is nothing of the new one.
    this.#bodies?.discard("response");
    this.#listener.replaces(reply);
  }

  #request(binding: PluginBinding, generation: Generation, exchange: Exchange): Step {
    const index = this.entered - 1;
    if (binding.mode !== "shadow") return this.#decide(index, exchange, generation.onRequest(exchange), "request");
    const shadow = this.#bodiesOf(exchange).shadow(index);
    this.#watch(
      index,
      "request",
      shadow.run(() => generation.onRequest(shadow.seen)),
    );
    return undefined;
  }

  #response(generation: Generation, exchange: Exchange): Step {
    const index = this.#back;
    const binding = this.plan.bindings[index] as PluginBinding;
    if (binding.mode !== "shadow") return this.#decide(index, exchange, generation.onResponse(exchange), "response");
    const shadow = this.#bodiesOf(exchange).shadow(index);
    this.#watch(
      index,
      "response",
      shadow.run(() => generation.onResponse(shadow.seen)),
    );
    return undefined;
  }

  #watch(index: number, direction: Direction, verdict: Verdict): void {
    const { name } = this.plan.bindings[index] as PluginBinding;
    if (verdict.kind === "fault") this.#listener.fault(name, verdict.code, verdict.detail);
    else if (verdict.kind === "hold" && verdict.whole) this.#bodies?.watchWhole(direction, index);
  }

  #decide(index: number, exchange: Exchange, verdict: Verdict, direction: Direction): Step {
    if (verdict === NEXT) {
      exchange.localResponse = undefined;
      return undefined;
    }
    if (verdict.kind === "wait") return this.#await(exchange, direction, verdict.settle, verdict.giveUp);
    if (verdict.kind === "hold") return this.#hold(index, exchange, verdict, direction);
    if (direction === "request") this.hasAnswered(index, verdict);
    const reply = conclude(this.plan.bindings[index] as PluginBinding, exchange, verdict, this.#listener);
    if (verdict.kind === "fault" && reply === undefined) this.#skip(index, exchange, direction);
    return reply;
  }

  #await(exchange: Exchange, direction: Direction, settle: Settle, giveUp?: GiveUp): typeof WAITING {
    const bodies = this.#bodiesOf(exchange);
    // What the backend sends meanwhile has to go somewhere; the client is not asked for its body yet.
    if (direction === "response" && bodies.response === undefined) this.#open(direction, exchange, this.#back);
    this.#waiting = direction;
    this.#wait = new Wait(settle, this, giveUp);
    this.#wait.limit();
    return WAITING;
  }

  /** The head waits while its body goes to the filter first. */
  #hold(index: number, exchange: Exchange, hold: Hold, direction: Direction): Step {
    const bodies = this.#bodiesOf(exchange);
    if (bodies.mayHold(direction, index, hold)) {
      if (bodies[direction] === undefined) this.#open(direction, exchange, this.#back);
      this.#waiting = direction;
      bodies.hold(direction, index, hold);
      return WAITING;
    }
    if (hold.settle !== undefined) return this.#await(exchange, direction, hold.settle, hold.giveUp);
    if (bodies.sees(direction, index)) return undefined;
    const fault = brokenContract("it holds a head until it has seen the body, but has no hook for that");
    return this.#decide(index, exchange, fault, direction);
  }

  #skip(index: number, exchange: Exchange, direction: Direction): void {
    const lease = this.leases[index];
    if (lease?.requestBody || lease?.responseBody) this.#bodiesOf(exchange).skip(direction, index);
  }

  // Bodies.

  #bodiesOf(exchange: Exchange): Bodies {
    const { bindings } = this.plan;
    const sourceOf = (direction: Direction) => this.#listener.sourceOf(direction);
    this.#bodies ??= new Bodies({ exchange, bindings, leases: this.leases, owner: this, sourceOf });
    return this.#bodies;
  }

  /** A way for a body, through the filters that its head has passed. @param at the place at which a response's is */
  #open(direction: Direction, exchange: Exchange, at: number): Pipeline {
    const passed = direction === "request" ? this.onwardPassed() : this.backwardPassed(at);
    return this.#bodiesOf(exchange).open(direction, passed);
  }

  #endWait(): void {
    this.#wait?.end();
    this.#wait = undefined;
  }
}
