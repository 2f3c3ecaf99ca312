import type { PluginBinding } from "../config/snapshot.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Lease, Slot } from "../wasm/slot.ts";
import type { Verdict } from "../wasm/verdict.ts";
import { FLAGS, type Flag } from "./flags.ts";
import { type Reply, refusal } from "./reply.ts";

export interface ChainOptions {
  readonly bindings: readonly PluginBinding[];
  readonly slots: (plugin: string) => Slot | undefined;
  /** Hears of every fault, whether the policy lets the exchange go on or not. */
  readonly onFault: (plugin: string, code: string, detail: string) => void;
}

interface Step {
  readonly binding: PluginBinding;
  readonly lease: Lease;
}

/**
 * The filters of one exchange: onward for the request, backward for the response, once more when it has ended. Every
 * plugin is leased once, so that the exchange ends on the generations it began with.
 */
export class Chain {
  /** Steps that the request passed; the response goes back through these. */
  readonly #passed: Step[] = [];
  readonly #options: ChainOptions;
  #entered: Step[] = [];

  constructor(options: ChainOptions) {
    this.#options = options;
  }

  /** Undefined when every filter let the request go on. */
  onward(exchange: Exchange): Reply | undefined {
    for (const binding of this.#options.bindings) {
      const lease = this.#options.slots(binding.name)?.lease();
      if (lease === undefined) {
        if (mayFail(binding)) continue;
        return refusal("NFCF", `plugin_not_ready: ${binding.name}`);
      }
      const step = { binding, lease };
      this.#entered.push(step);
      const reply = this.#request(step, exchange);
      if (reply !== undefined) return reply;
      this.#passed.push(step);
    }
    return undefined;
  }

  /** Lets every passed filter see the response in `exchange`; a reply replaces it, and earlier filters see that. */
  backward(exchange: Exchange): Reply | undefined {
    let replaced: Reply | undefined;
    for (let at = this.#passed.length - 1; at >= 0; at -= 1) {
      const reply = this.#response(this.#passed[at] as Step, exchange);
      if (reply === undefined) continue;
      replaced = reply;
      exchange.response.status = reply.status;
      exchange.response.fields.replace(reply.fields.slice());
    }
    return replaced;
  }

  /** The exchange has ended: `on-log`, then every lease goes back. */
  finish(exchange: Exchange): void {
    for (const { binding, lease } of this.#entered) {
      if (!lease.generation.hooks.has("on-log")) continue;
      const verdict = lease.generation.onLog(exchange);
      if (verdict.kind === "fault") this.#options.onFault(binding.name, verdict.code, verdict.detail);
    }
    for (const { lease } of this.#entered) lease.release();
    this.#entered = [];
  }

  /** Version of each plugin that saw the exchange. */
  versions(): Record<string, string> {
    return Object.fromEntries(this.#entered.map(({ binding, lease }) => [binding.name, lease.generation.version]));
  }

  #request(step: Step, exchange: Exchange): Reply | undefined {
    const { generation } = step.lease;
    if (!generation.hooks.has("on-request")) return undefined;
    const run = () => generation.onRequest(exchange);
    return step.binding.mode === "shadow" ? this.#shadow(step, exchange, run) : this.#decide(step, exchange, run());
  }

  #response(step: Step, exchange: Exchange): Reply | undefined {
    const { generation } = step.lease;
    if (!generation.hooks.has("on-response")) return undefined;
    const run = () => generation.onResponse(exchange);
    return step.binding.mode === "shadow" ? this.#shadow(step, exchange, run) : this.#decide(step, exchange, run());
  }

  #decide({ binding }: Step, exchange: Exchange, verdict: Verdict): Reply | undefined {
    if (verdict.kind === "next") {
      exchange.localResponse = undefined;
      return undefined;
    }
    if (verdict.kind === "respond") return takeReply(exchange, binding.name);
    this.#options.onFault(binding.name, verdict.code, verdict.detail);
    exchange.localResponse = undefined;
    return mayFail(binding)
      ? undefined
      : refusal("PF", `plugin_fault: ${binding.name}: ${verdict.code}: ${verdict.detail}`);
  }

  /** Runs a hook for what it would have said: nothing that it changed remains but one attribute for the log. */
  #shadow({ binding }: Step, exchange: Exchange, run: () => Verdict): undefined {
    const restore = remember(exchange);
    const verdict = run();
    const answer = exchange.localResponse;
    restore();
    if (verdict.kind === "respond" && answer !== undefined) {
      exchange.attributes.set(`shadow.${binding.name}`, `${answer.status} ${answer.detail}`.trimEnd());
    } else if (verdict.kind === "fault") {
      this.#options.onFault(binding.name, verdict.code, verdict.detail);
      exchange.attributes.set(`shadow.${binding.name}`, `fault ${verdict.code}`);
    }
  }
}

function mayFail(binding: PluginBinding): boolean {
  return binding.failurePolicy === "open" || binding.mode === "shadow";
}

function takeReply(exchange: Exchange, plugin: string): Reply {
  const answer = exchange.localResponse;
  exchange.localResponse = undefined;
  if (answer === undefined)
    return refusal("PF", `plugin_fault: ${plugin}: GUEST_PROTOCOL: responded without a response`);
  return {
    status: answer.status,
    fields: answer.headers.flatMap(([name, value]) => [name.toLowerCase(), value]),
    body: answer.body,
    flag: flagOf(answer.status),
    detail: answer.detail || `answered by ${plugin}`,
  };
}

function flagOf(status: number): Flag {
  if (status === FLAGS.RL.status) return "RL";
  return status === 401 || status === 403 ? "UAEX" : "FA";
}

/** The state that a filter can change, to be put back. */
function remember(exchange: Exchange): () => void {
  const { request, response, routing, attributes } = exchange;
  const before = { request: request.fields.copy(), response: response.fields.copy(), attributes: [...attributes] };
  const { status } = response;
  const { chosen, hashKey } = routing;
  return () => {
    request.fields.replace(before.request);
    response.fields.replace(before.response);
    response.status = status;
    routing.chosen = chosen;
    routing.hashKey = hashKey;
    attributes.clear();
    for (const [name, value] of before.attributes) attributes.set(name, value);
    exchange.localResponse = undefined;
  };
}
