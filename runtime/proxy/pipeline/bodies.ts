import type { PluginBinding } from "../../config/snapshot.ts";
import type { BodySource, Exchange } from "../../http/exchange.ts";
import type { Lease } from "../../wasm/slot.ts";
import type { Verdict } from "../../wasm/verdict.ts";
import { mayHaveContent } from "../deliver.ts";
import type { Direction } from "../direction.ts";
import { Shadow } from "../shadow.ts";
import { BodyHooks } from "./body-hooks.ts";
import { Pipeline, type PipelineOwner } from "./pipeline.ts";
import type { StageOptions } from "./stage.ts";

export type Hold = Extract<Verdict, { kind: "hold" }>;

export interface BodiesOptions {
  readonly exchange: Exchange;
  /** The chain's, in its order. */
  readonly bindings: readonly PluginBinding[];
  readonly leases: readonly (Lease | undefined)[];
  readonly owner: PipelineOwner;
  readonly sourceOf: (direction: Direction) => BodySource;
}

/** What the filters of one exchange have to do with its two bodies. Exchanges that nothing waits in never have one. */
export class Bodies {
  readonly exchange: Exchange;
  request: Pipeline | undefined = undefined;
  response: Pipeline | undefined = undefined;
  /** The most that a filter kept at once, in bytes. */
  mostKept = 0;
  readonly #options: BodiesOptions;
  readonly #shadows: (Shadow | undefined)[] = [];
  /** Filters that failed and may, or are in shadow and would hold the head: by direction and place. */
  readonly #skipped = new Set<string>();
  readonly #wholes = new Set<string>();

  constructor(options: BodiesOptions) {
    this.exchange = options.exchange;
    this.#options = options;
  }

  /** Makes the way of a body through the filters that its head has passed. @param passed their places, in order */
  open(direction: Direction, passed: readonly number[]): Pipeline {
    const length = this.exchange[direction].fields.get("content-length");
    const pipe = new Pipeline({
      direction,
      source: this.#options.sourceOf(direction),
      owner: this.#options.owner,
      length: length === undefined ? undefined : Number(length),
      mayTrail: direction === "request" && this.exchange.connection.protocol === "HTTP/2",
    });
    this[direction] = pipe;
    for (const index of passed) this.join(direction, index);
    return pipe;
  }

  /** A filter that its head has passed gets a stage, where it has anything to do with the body. */
  join(direction: Direction, index: number): void {
    const pipe = this[direction];
    const message = this.exchange[direction];
    if (pipe === undefined || !message.hasBody || !this.#takesHooks(direction) || !this.sees(direction, index)) return;
    if (this.#skipped.has(`${direction} ${index}`) || pipe.has(index)) return;
    const options = this.#stage(direction, index);
    if (options.binding.mode !== "shadow") pipe.append({ ...options, held: undefined });
    else pipe.watch(this.shadow(index), options.hooks, this.#wholes.has(`${direction} ${index}`));
  }

  /** Whether a filter that holds the head is shown a body then. One that wants all of it is shown an empty one, too. */
  mayHold(direction: Direction, index: number, { whole }: Hold): boolean {
    return this.sees(direction, index) && this.#takesHooks(direction) && (whole || this.exchange[direction].hasBody);
  }

  /** The head waits at a filter, the last one in the pipeline, until its hooks for the body let it go. */
  hold(direction: Direction, index: number, held: Hold): void {
    this[direction]?.append({ ...this.#stage(direction, index), held });
  }

  /** Whether the filter has a hook for this body at all. */
  sees(direction: Direction, index: number): boolean {
    const lease = this.#options.leases[index];
    return (direction === "request" ? lease?.requestBody : lease?.responseBody) ?? false;
  }

  /** The filter has failed, and may: it sees nothing more of this message. */
  skip(direction: Direction, index: number): void {
    this.#skipped.add(`${direction} ${index}`);
  }

  /** What stands for an exchange where a filter only watches it. */
  shadow(index: number): Shadow {
    const { exchange, bindings } = this.#options;
    this.#shadows[index] ??= new Shadow(exchange, (bindings[index] as PluginBinding).name);
    return this.#shadows[index];
  }

  /** A filter in shadow would hold the head. */
  watchWhole(direction: Direction, index: number): void {
    this.#wholes.add(`${direction} ${index}`);
  }

  close(direction: Direction): void {
    const pipe = this[direction];
    if (pipe === undefined) return;
    this.mostKept = Math.max(this.mostKept, pipe.mostKept);
    pipe.close();
  }

  /** The message is another one from now on. */
  discard(direction: Direction): void {
    this.close(direction);
    this[direction] = undefined;
  }

  /** The exchange has ended. */
  end(): void {
    this.close("request");
    this.close("response");
    this.#shadows.forEach((shadow, index) => {
      shadow?.end();
      if (shadow !== undefined) this.#options.leases[index]?.generation.release?.(shadow.seen);
    });
    this.#shadows.length = 0;
  }

  #stage(direction: Direction, index: number): Omit<StageOptions, "owner" | "held"> {
    const { bindings, leases, exchange } = this.#options;
    const binding = bindings[index] as PluginBinding;
    const { generation } = leases[index] as Lease;
    const seen = binding.mode === "shadow" ? this.shadow(index).seen : exchange;
    return { binding, index, hooks: new BodyHooks(generation, direction, seen) };
  }

  /** Tunnels have no body, nor have responses whose status or method says so. */
  #takesHooks(direction: Direction): boolean {
    const { request, response } = this.exchange;
    if (request.upgrade !== undefined && (direction === "request" || response.status === 101)) return false;
    return direction === "request" || mayHaveContent(request.method, response.status);
  }
}
