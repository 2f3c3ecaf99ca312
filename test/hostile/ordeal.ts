import type { HostileCase } from "../guests/hostile/hostile-case.ts";
import type { Arena } from "./arena.ts";
import { Caller } from "./caller.ts";
import { faultsOf, type Ordeal } from "./judge.ts";
import { type Probe, quantile } from "./probe.ts";

/** As many as a plugin may fault before it is quarantined, and one more. */
const REQUESTS = 6;
/** Milliseconds until what a hook says after the response must have been counted. */
const LATE = 1_000;

/** Lets one hostile module serve, and sends requests that run its hook. */
export async function undergo(arena: Arena, probe: Probe, { expect }: HostileCase, bytes: Uint8Array): Promise<Ordeal> {
  await probe.look();
  const before = await arena.ask("look", {});
  const started = await arena.ask("serve", { bytes, policy: "closed" });
  const statuses: number[] = [];
  const times: number[] = [];
  const hook = "hook" in expect ? expect.hook : undefined;
  if (started !== undefined && started.refused === undefined && hook !== undefined) {
    const caller = new Caller(arena.port);
    for (let i = 0; i < REQUESTS; i += 1) {
      const began = performance.now();
      statuses.push(await caller.ask("POST", "/hostile", "body"));
      // The last one is answered by the quarantine.
      if (i < REQUESTS - 1) times.push(performance.now() - began);
    }
    caller.close();
  }
  const seen = async (): Promise<Ordeal> => ({
    ...{ started, before, statuses, usual: quantile(times, 0.5), failures: 0 },
    after: await arena.ask("look", {}),
  });
  let ordeal = await seen();
  const until = performance.now() + LATE;
  const isCounted = () => !("fault" in expect) || ordeal.after === undefined || faultsOf(ordeal, expect.fault) > 0;
  while (!isCounted() && performance.now() < until) ordeal = await seen();
  return { ...ordeal, failures: (await probe.look()).failures };
}
