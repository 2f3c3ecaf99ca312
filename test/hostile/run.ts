import { HOSTILE_CASES } from "../guests/hostile/cases.ts";
import { type Arena, openArena } from "./arena.ts";
import { flood, TRAPPER, whyNotWithstood } from "./flood.ts";
import { outcomeOf, whyNotContained } from "./judge.ts";
import { undergo } from "./ordeal.ts";
import { type Probe, quantile, startProbe } from "./probe.ts";

export interface HostileOptions {
  /** A run of less than a minute. */
  readonly quick: boolean;
  /** Cases with such a name alone, without the floods. */
  readonly only?: RegExp | undefined;
  readonly say: (line: string) => void;
}

export interface Finding {
  readonly name: string;
  /** What became of it, in a word. */
  readonly outcome: string;
  /** Milliseconds, as text. */
  readonly took: string;
  /** Why it was not contained; undefined when it was. */
  readonly escaped: string | undefined;
}

/** Milliseconds. */
const WARM_UP = 1_000;
/** Between two modules, of which a mesh meets fewer than one in a second. */
const BETWEEN = 700;
const BETWEEN_QUICK = 80;
/** Requests of which one in a hundred says anything. */
const ENOUGH = 2_000;
/** What one hook may keep a thread from another route's request, in milliseconds. In a quick run one follows the other. */
const HEAD_BUDGET = 10;

/** Every case in turn, then what they did to the other route, then the floods. */
export async function runHostile({ quick, only, say }: HostileOptions): Promise<Finding[]> {
  const cases = HOSTILE_CASES.filter(({ name }) => only?.test(name) ?? true);
  const built = await Promise.all(cases.map(async (one) => ({ one, bytes: await one.build() })));
  const arena = await openArena();
  const probe = startProbe(arena.port);
  const findings: Finding[] = [];
  try {
    await pause(WARM_UP);
    await probe.look();
    await pause(quick ? 2_000 : 5_000);
    const calm = (await probe.look()).latencies;
    const watched = watch(probe);
    for (const { one, bytes } of built) {
      const ordeal = await undergo(arena, watched, one, bytes);
      const escaped = whyNotContained(one.expect, ordeal);
      findings.push({ name: one.name, outcome: outcomeOf(ordeal), took: tookOf(ordeal), escaped });
      if (escaped !== undefined) say(`${one.name}: ${escaped}`);
      await pause(quick ? BETWEEN_QUICK : BETWEEN);
    }
    await watched.look();
    const during = [...watched.latencies];
    await pause(quick ? 1_000 : 5_000);
    const after = (await probe.look()).latencies;
    if (during.length >= ENOUGH) findings.push(p99Finding([...calm, ...after], during, quick));
    if (only === undefined)
      findings.push(await floodFinding(arena, probe, quick ? 4 : 30), await stormFinding(arena, quick ? 3 : 30));
    return findings;
  } finally {
    probe.close();
    await arena.close();
  }
}

/** Keeps what every look saw. */
function watch(probe: Probe): Probe & { readonly latencies: number[] } {
  const latencies: number[] = [];
  return {
    latencies,
    async look() {
      const sight = await probe.look();
      latencies.push(...sight.latencies);
      return sight;
    },
    close: probe.close,
  };
}

function tookOf({ usual, started }: { usual: number; started: { took: number } | undefined }): string {
  return (Number.isFinite(usual) ? usual : (started?.took ?? Number.NaN)).toFixed(1);
}

/** @param calm before and after: what else the machine does may come and go */
function p99Finding(calm: readonly number[], during: readonly number[], quick: boolean): Finding {
  const before = quantile(calm, 0.99);
  const since = quantile(during, 0.99);
  const allowed = 2 * (quick ? Math.max(before, HEAD_BUDGET) : before);
  return {
    name: "p99 of another route, otherwise and during",
    outcome: `${before.toFixed(1)} ms, ${since.toFixed(1)} ms`,
    took: "",
    escaped: since <= allowed ? undefined : `expected at most ${allowed.toFixed(1)} ms`,
  };
}

async function floodFinding(arena: Arena, probe: Probe, seconds: number): Promise<Finding> {
  const sight = await flood(arena, probe, seconds);
  const asked = Object.values(sight.statuses).reduce((sum, count) => sum + count, 0);
  const trapped = (sight.late?.faults.GUEST_TRAP ?? 0) - (sight.before?.faults.GUEST_TRAP ?? 0);
  return {
    name: `requests that all trap, ${seconds} s`,
    outcome: `${Math.round(asked / seconds)}/s asked, ${trapped} ran it`,
    took: "",
    escaped: whyNotWithstood(sight),
  };
}

async function stormFinding(arena: Arena, seconds: number): Promise<Finding> {
  const storm = await arena.ask("storm", { bytes: TRAPPER, seconds }, seconds * 2_000 + 20_000);
  const { traps = 0, others = 0, early = 0, late = 0 } = storm ?? {};
  const grew = late > early * 1.2 + (64 << 20);
  const alive = storm !== undefined && arena.alive;
  return {
    name: `traps without quarantine, ${seconds} s`,
    outcome: `${Math.round(traps / seconds)}/s, ${Math.round(late / (1 << 20))} MB`,
    took: "",
    escaped: !alive
      ? "the proxy did not answer"
      : others > 0
        ? `${others} did not trap`
        : grew
          ? "memory grew"
          : undefined,
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
