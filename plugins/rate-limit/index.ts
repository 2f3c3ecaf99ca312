import { Action, attributes, log, metrics, quota, respond, response } from "heddle/sdk";
import { bucketOf } from "./key";
import { readSettings, Settings } from "./settings";

let settings = new Settings();

export function configure(): string | null {
  settings = new Settings();
  return readSettings(settings);
}

export function onRequest(): Action {
  const bucket = bucketOf(settings.name, settings.key, settings.missing);
  if (bucket === null) return Action.Next;
  const decision = quota.take(bucket, settings.limit, settings.periodMs, settings.burst, settings.cost);
  const reset = seconds(decision.resetAfterMs);
  if (decision.allowed) {
    metrics.count("allowed");
    if (!settings.shadow) remember(decision.remaining, reset);
    return Action.Next;
  }
  attributes.set<bool>(settings.limitedAttribute, true);
  if (settings.shadow) return letPass();
  metrics.count("limited");
  return refuse(decision.remaining, reset, seconds(decision.retryAfterMs));
}

/** Tells the client what is left, when onRequest left it for this exchange. */
export function onResponse(): Action {
  const remaining = attributes.number(settings.remainingAttribute, -1);
  if (remaining < 0) return Action.Next;
  const reset = attributes.number(settings.resetAttribute, 0);
  response.addHeader("ratelimit-policy", settings.policyField);
  response.addHeader("ratelimit", limitField(<u32>remaining, <u32>reset));
  return Action.Next;
}

/** A guest serves many exchanges at once: what onResponse needs travels with the exchange. */
function remember(remaining: u32, reset: u32): void {
  attributes.set<f64>(settings.remainingAttribute, remaining);
  attributes.set<f64>(settings.resetAttribute, reset);
}

function letPass(): Action {
  metrics.count("shadow_limited");
  log.info("shadow: the policy " + settings.name + " would have refused this request");
  return Action.Next;
}

function refuse(remaining: u32, reset: u32, wait: u32): Action {
  return respond(429)
    .header("retry-after", max<u32>(1, wait).toString())
    .header("ratelimit-policy", settings.policyField)
    .header("ratelimit", limitField(remaining, reset))
    .header("cache-control", "no-store")
    .detail("rate_limited")
    .json('{"error":"rate_limited"}');
}

/** draft-ietf-httpapi-ratelimit-headers: an item with the tokens left and the seconds until the bucket is full again. */
function limitField(remaining: u32, reset: u32): string {
  return settings.limitOpening + remaining.toString() + ";t=" + reset.toString();
}

/** Whole seconds, rounded up: who waits that long has waited long enough. */
function seconds(ms: u32): u32 {
  return ms / 1000 + u32(ms % 1000 !== 0);
}
