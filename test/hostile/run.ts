import { HOSTILE_CASES } from "../guests/hostile/cases.ts";
import type { HostileCase } from "../guests/hostile/hostile-case.ts";
import { type Arena, openArena } from "./arena.ts";
import { ANSWER, flood, TRAPPER, whyNotWithstood } from "./flood.ts";
import { type Ordeal, outcomeOf, whyNotBeside, whyNotContained, whyNotInTime } from "./judge.ts";
import { pause, pooled, undergo, windowOf } from "./ordeal.ts";
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
  /** One request in a hundred to another route took so many milliseconds, as text, and of how many requests. */
  readonly beside: string;
  /** Why it was not contained; undefined when it was. */
  readonly escaped: string | undefined;
  /** Whether nothing but time says so, which a machine that has more to do may have taken. */
  readonly onlyLate: boolean;
}

/** Milliseconds. */
const WARM_UP = 1_000;
/** Windows without a hostile module: the first and the last, and those in between, after so many modules. */
const CALM = 4_000;
const CALM_BETWEEN = 2_000;
const MODULES_BETWEEN = 12;
const QUICKER = 4;
/** Times that a module is looked at once more when it seems to have run for too long; all looks count together. */
const AGAIN = 2;
/** Requests of which one in a hundred says anything. */
const ENOUGH = 2_000;
/** Milliseconds that one hook may hold up a thread. In a quick run one module follows the other at once. */
const HEAD_BUDGET = 10;

/** Every case in turn, then what they did to the other route, then the floods. */
export async function runHostile({ quick, only, say }: HostileOptions): Promise<Finding[]> {
  const cases = HOSTILE_CASES.filter(({ name }) => only?.test(name) ?? true);
  const built = await Promise.all(cases.map(async (one) => ({ one, bytes: await one.build() })));
  const arena = await openArena();
  const probe = startProbe(arena.port);
  const run = new Run(arena, probe, quick);
  const findings: Finding[] = [];
  try {
    await pause(WARM_UP);
    await run.calmDown(CALM);
    for (const [index, { one, bytes }] of built.entries()) {
      const finding = await run.tryOut(one, bytes);
      findings.push(finding);
      if (finding.escaped !== undefined) say(`${one.name}: ${finding.escaped}`);
      if (index % MODULES_BETWEEN === MODULES_BETWEEN - 1) await run.calmDown(CALM_BETWEEN);
    }
    await run.calmDown(CALM);
    findings.push(...run.together());
    if (only === undefined)
      findings.push(await floodFinding(arena, probe, quick ? 4 : 20), await stormFinding(arena, quick ? 3 : 30));
    return findings;
  } finally {
    probe.close();
    await arena.close();
  }
}

/** One hostile module after the other, between windows without any. */
class Run {
  readonly #arena: Arena;
  readonly #probe: Probe;
  readonly #quick: boolean;
  /** Milliseconds of requests to the other route, without a hostile module and beside one. */
  readonly #calm: number[] = [];
  readonly #beside: number[] = [];
  readonly #answers: number[] = [];

  constructor(arena: Arena, probe: Probe, quick: boolean) {
    this.#arena = arena;
    this.#probe = probe;
    this.#quick = quick;
  }

  async calmDown(milliseconds: number): Promise<void> {
    await this.#arena.ask("withdraw", {});
    await this.#probe.look();
    await pause(this.#quick ? milliseconds / QUICKER : milliseconds);
    this.#calm.push(...(await this.#probe.look()).latencies);
  }

  async tryOut(one: HostileCase, bytes: Uint8Array): Promise<Finding> {
    const { expect, name } = one;
    const look = () => undergo(this.#arena, this.#probe, one, bytes, windowOf(expect, this.#quick));
    let ordeal = await look();
    let late = whyNotInTime(expect, ordeal);
    for (let again = 0; again < AGAIN && late !== undefined; again += 1) {
      await this.calmDown(CALM_BETWEEN);
      ordeal = pooled(ordeal, await look());
      late = whyNotInTime(expect, ordeal);
    }
    this.#beside.push(...ordeal.latencies);
    this.#answers.push(...ordeal.answers);
    const loose = whyNotContained(expect, ordeal);
    return {
      ...{ name, outcome: outcomeOf(ordeal), took: tookOf(ordeal), beside: besideOf(ordeal.latencies) },
      ...{ escaped: loose ?? late, onlyLate: loose === undefined },
    };
  }

  /** What all modules did to the other route, and how quarantine answered. */
  together(): Finding[] {
    const findings: Finding[] = [];
    if (this.#beside.length >= ENOUGH) findings.push(p99Finding(this.#calm, this.#beside, this.#quick));
    if (this.#answers.length >= ENOUGH) findings.push(answerFinding(this.#answers, this.#quick));
    return findings;
  }
}

function tookOf({ times, started }: Ordeal): string {
  const usual = quantile(times, 0.5);
  return (Number.isFinite(usual) ? usual : (started?.took ?? Number.NaN)).toFixed(1);
}

function besideOf(latencies: readonly number[]): string {
  return `${quantile(latencies, 0.99).toFixed(1)} of ${latencies.length}`;
}

/** @param calm all windows of the run: what else the machine does may come and go */
function p99Finding(calm: readonly number[], beside: readonly number[], quick: boolean): Finding {
  return {
    name: "another route, beside all of them and otherwise",
    outcome: `${quantile(calm, 0.99).toFixed(1)} of ${calm.length} otherwise`,
    took: "",
    beside: besideOf(beside),
    escaped: whyNotBeside(calm, beside, quick ? HEAD_BUDGET : 0),
    onlyLate: true,
  };
}

function answerFinding(answers: readonly number[], quick: boolean): Finding {
  const slow = quantile(answers, 0.99);
  const allowed = quick ? ANSWER + HEAD_BUDGET : ANSWER;
  return {
    name: "answers while in quarantine, one in a hundred",
    outcome: `503, ${answers.length} times`,
    took: slow.toFixed(1),
    beside: "",
    escaped: slow <= allowed ? undefined : `expected at most ${allowed} ms`,
    onlyLate: true,
  };
}

async function floodFinding(arena: Arena, probe: Probe, seconds: number): Promise<Finding> {
  const sight = await flood(arena, probe, seconds);
  const asked = Object.values(sight.statuses).reduce((sum, count) => sum + count, 0);
  const trapped = (sight.late?.faults.GUEST_TRAP ?? 0) - (sight.before?.faults.GUEST_TRAP ?? 0);
  return {
    name: `requests that all trap, ${seconds} s`,
    outcome: `${Math.round(asked / seconds)}/s asked, ${trapped} ran it, ${((100 * sight.slow) / asked).toFixed(2)} % after ${ANSWER} ms`,
    took: "",
    beside: "",
    escaped: whyNotWithstood(sight),
    onlyLate: false,
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
    beside: "",
    escaped: !alive
      ? "the proxy did not answer"
      : others > 0
        ? `${others} did not trap`
        : grew
          ? "memory grew"
          : undefined,
    onlyLate: false,
  };
}
