import type { PluginBinding } from "../config/snapshot.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Verdict } from "../wasm/verdict.ts";
import { FLAGS, type Flag } from "./flags.ts";
import { type Reply, refusal } from "./reply.ts";

/** Hears of every fault, whether the policy lets the exchange go on or not. */
export interface FaultListener {
  fault(plugin: string, code: string, detail: string): void;
}

/** What a verdict that is final means: undefined lets the message pass, a reply takes the place of the backend's response. */
export function conclude(
  binding: PluginBinding,
  exchange: Exchange,
  verdict: Verdict,
  listener: FaultListener,
): Reply | undefined {
  if (verdict.kind === "next") {
    exchange.localResponse = undefined;
    return undefined;
  }
  if (verdict.kind === "respond") return takeReply(exchange, binding.name);
  exchange.localResponse = undefined;
  const { code, detail } = verdict.kind === "fault" ? verdict : brokenContract(`${verdict.kind} is no verdict here`);
  listener.fault(binding.name, code, detail);
  if (mayFail(binding)) return undefined;
  const status = code === "WAIT_TIMEOUT" ? FLAGS.UT.status : FLAGS.PF.status;
  return refusal("PF", `plugin_fault: ${binding.name}: ${code}: ${detail}`, status);
}

/** Whether an exchange goes on without the filter when that cannot decide. */
export function mayFail(binding: PluginBinding): boolean {
  return binding.failurePolicy === "open" || binding.mode === "shadow";
}

export function brokenContract(detail: string): Extract<Verdict, { kind: "fault" }> {
  return { kind: "fault", code: "GUEST_PROTOCOL", detail };
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
    ...(answer.close && { abandon: true }),
  };
}

function flagOf(status: number): Flag {
  if (status === FLAGS.RL.status) return "RL";
  return status === 401 || status === 403 ? "UAEX" : "FA";
}
