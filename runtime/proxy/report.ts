import type { Choice, Plan } from "./plan.ts";
import { type LineFacts, lineOf } from "./record.ts";
import type { Services } from "./services.ts";

/** Counts an exchange that has ended and writes its line of the access log. */
export function report(
  facts: LineFacts,
  plan: Plan | undefined,
  choice: Choice | undefined,
  { metrics, clock, accessLog }: Services,
): void {
  const { outcome, forward, exchange } = facts;
  const { status } = exchange.response;
  outcome.end = clock.monotonic();
  const meter = plan === undefined ? metrics.unrouted : plan.meter;
  meter.ended(status, outcome.flags, outcome.end - outcome.start);
  if (choice !== undefined && forward !== undefined && forward.attempts > 0) {
    choice.meter.ended(status, outcome.flags, forward.attempts, forward.latency);
  }
  accessLog.line(lineOf(facts));
}
