import type { PluginBinding } from "../config/snapshot.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Generation } from "../wasm/generation.ts";
import type { Lease } from "../wasm/slot.ts";
import type { Verdict } from "../wasm/verdict.ts";
import type { ChainPlan } from "./chain-plan.ts";
import { FLAGS, type Flag } from "./flags.ts";
import { type Reply, refusal } from "./reply.ts";
import { runShadowed } from "./shadow.ts";

export interface ChainListener {
  /** Hears of every fault, whether the policy lets the exchange go on or not. */
  fault(plugin: string, code: string, detail: string): void;
}

/** Of a chain that is not in use. */
const NOBODY: ChainListener = { fault() {} };

/**
 * The filters of one exchange: onward for the request, backward for the response, once more when it has ended. Every
 * plugin is leased once, so that the exchange ends on the generations it began with. Chains are used again and again.
 */
export class Chain {
  listener: ChainListener = NOBODY;
  readonly #plan: ChainPlan;
  /** By binding; undefined where the plugin was not ready, and beyond the filter that answered. */
  readonly #leases: (Lease | undefined)[];
  /** Bindings that the request met, and how many of these it passed; the response goes back through the latter. */
  #entered = 0;
  #passed = 0;
  /** Leased generations with a hook for the response, and for the end. */
  #responders = 0;
  #loggers = 0;

  constructor(plan: ChainPlan) {
    this.#plan = plan;
    this.#leases = plan.bindings.map(() => undefined);
  }

  /** Undefined when every filter let the request go on. */
  onward(exchange: Exchange): Reply | undefined {
    const { bindings } = this.#plan;
    while (this.#entered < bindings.length) {
      const binding = bindings[this.#entered] as PluginBinding;
      const lease = this.#enter();
      if (lease === undefined && !mayFail(binding)) return refusal("NFCF", `plugin_not_ready: ${binding.name}`);
      const reply = lease?.onRequest ? this.#request(binding, lease.generation, exchange) : undefined;
      if (reply !== undefined) return reply;
      this.#passed = this.#entered;
    }
    return undefined;
  }

  /** Lets every passed filter see the response in `exchange`; a reply replaces it, and earlier filters see that. */
  backward(exchange: Exchange): Reply | undefined {
    if (this.#responders === 0) return undefined;
    let replaced: Reply | undefined;
    for (let at = this.#passed - 1; at >= 0; at -= 1) {
      const lease = this.#leases[at];
      if (lease === undefined || !lease.onResponse) continue;
      const reply = this.#response(this.#plan.bindings[at] as PluginBinding, lease.generation, exchange);
      if (reply === undefined) continue;
      replaced = reply;
      exchange.response.status = reply.status;
      exchange.response.fields.replace(reply.fields.slice());
    }
    return replaced;
  }

  /** The exchange has ended: `on-log`, then every lease goes back. Whoever opened the chain lets go of it. */
  finish(exchange: Exchange): void {
    // Given back twice it would serve two exchanges at once.
    if (this.listener === NOBODY) return;
    for (let at = 0; at < this.#entered && this.#loggers > 0; at += 1) {
      const lease = this.#leases[at];
      if (lease?.onLog) this.#log(this.#plan.bindings[at] as PluginBinding, lease.generation, exchange);
    }
    for (let at = 0; at < this.#entered; at += 1) {
      this.#leases[at]?.release();
      this.#leases[at] = undefined;
    }
    this.listener = NOBODY;
    this.#entered = 0;
    this.#passed = 0;
    this.#responders = 0;
    this.#loggers = 0;
    this.#plan.takeBack(this);
  }

  /** JSON, before `finish`: the version of each plugin that saw the exchange, by its name. */
  get versionsText(): string {
    return this.#plan.versionsText(this.#leases);
  }

  #enter(): Lease | undefined {
    const lease = this.#plan.leaseAt(this.#entered);
    this.#leases[this.#entered] = lease;
    this.#entered += 1;
    if (lease?.onResponse) this.#responders += 1;
    if (lease?.onLog) this.#loggers += 1;
    return lease;
  }

  #request(binding: PluginBinding, generation: Generation, exchange: Exchange): Reply | undefined {
    if (binding.mode === "shadow") return this.#shadow(binding, exchange, () => generation.onRequest(exchange));
    return this.#decide(binding, exchange, generation.onRequest(exchange));
  }

  #response(binding: PluginBinding, generation: Generation, exchange: Exchange): Reply | undefined {
    if (binding.mode === "shadow") return this.#shadow(binding, exchange, () => generation.onResponse(exchange));
    return this.#decide(binding, exchange, generation.onResponse(exchange));
  }

  #shadow({ name }: PluginBinding, exchange: Exchange, run: () => Verdict): undefined {
    const verdict = runShadowed(exchange, name, run);
    if (verdict.kind === "fault") this.listener.fault(name, verdict.code, verdict.detail);
  }

  #decide(binding: PluginBinding, exchange: Exchange, verdict: Verdict): Reply | undefined {
    if (verdict.kind === "next") {
      exchange.localResponse = undefined;
      return undefined;
    }
    if (verdict.kind === "respond") return takeReply(exchange, binding.name);
    exchange.localResponse = undefined;
    if (verdict.kind !== "fault") return refusal("PF", `plugin_fault: ${binding.name}: it waits`);
    this.listener.fault(binding.name, verdict.code, verdict.detail);
    return mayFail(binding)
      ? undefined
      : refusal("PF", `plugin_fault: ${binding.name}: ${verdict.code}: ${verdict.detail}`);
  }

  #log(binding: PluginBinding, generation: Generation, exchange: Exchange): void {
    const verdict = generation.onLog(exchange);
    if (verdict.kind === "fault") this.listener.fault(binding.name, verdict.code, verdict.detail);
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
