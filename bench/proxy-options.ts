import { parseArgs } from "node:util";
import { EXTRA, SCENARIOS, type Scenario, type ScenarioName, type Subject } from "./scenarios.ts";
import type { Limits } from "./triples.ts";

export interface ProxyBench {
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  /** Of one reading. */
  readonly seconds: number;
  /** Seconds at most. */
  readonly warmup: number;
  readonly limits: Limits;
}

/** What `--help` prints. */
export const PROXY_HELP = `CPU per request of proxies against nginx, in the same minutes on the same machine.

  --all              every row of the promises: 1 KB, TLS, 64 KB, 1 MB, two workers; TLS towards the upstream, Envoy and a bare tunnel too
  --tls              only TLS towards the client
  --upstream-tls     only TLS towards the upstream, on kept connections and on one for each request
  --body 64k,1m      only these bodies: 1k, 64k, 1m
  --workers          only two workers against one
  --only NAME,NAME   only these subjects: heddle, heddle+3, nginx+lua, haproxy, haproxy+lua,
                     haproxy+lua-fetch, http-proxy-3, @fastify/http-proxy, envoy, envoy+3, tunnel
  --tree FOLDER      the proxy of another checkout as one more subject, heddle@NAME
  --rounds N         readings of each subject (5)
  --seconds N        length of a reading (2)
  --warmup N         seconds of load before a server's first reading, at most (12)
  --foreign CORES    what other processes may use before a reading counts as dirty (0.1)
  --drift SHARE      how far two readings of nginx around a subject may differ (0.15)
  --quick            one round of one second, dirt allowed: shows that it works`;

/** @throws Error for an option, a body or a name that it does not know. */
export function readArguments(args: readonly string[], quick: boolean): ProxyBench {
  const [text, flag] = [{ type: "string" }, { type: "boolean" }] as const;
  const options = {
    all: flag,
    tls: flag,
    "upstream-tls": flag,
    workers: flag,
    body: text,
    only: text,
    rounds: text,
    seconds: text,
  } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { ...options, warmup: text, foreign: text, drift: text, tree: text },
  });
  const chosen = chosenScenarios(values.all ? "all" : values);
  const scenarios = chosen.map((scenario) => withSubjects(scenario, values.all === true, namesIn(values.only)));
  if (scenarios.every(({ subjects }) => subjects.length === 0))
    throw new Error(`--only: no such subject here, got "${values.only}"`);
  const number = (given: string | undefined, usual: number, short: number): number =>
    Number(given ?? (quick ? short : usual));
  return {
    scenarios: scenarios
      .filter(({ subjects }) => subjects.length > 0)
      .map((scenario) => withTree(scenario, values.tree)),
    rounds: number(values.rounds, 5, 1),
    seconds: number(values.seconds, 2, 1),
    warmup: number(values.warmup, 12, 2),
    limits: { drift: number(values.drift, 0.15, 10), foreign: number(values.foreign, 0.1, 100) },
  };
}

interface Choice {
  readonly tls?: boolean;
  readonly "upstream-tls"?: boolean;
  readonly workers?: boolean;
  readonly body?: string;
}

function chosenScenarios(choice: Choice | "all"): Scenario[] {
  if (choice === "all") return Object.values(SCENARIOS);
  const names = namesIn(choice.body) ?? [];
  const wrong = names.find((name) => !["1k", "64k", "1m"].includes(name));
  if (wrong !== undefined) throw new Error(`--body: expected some of 1k, 64k, 1m, got "${wrong}"`);
  const upstream = choice["upstream-tls"] ? ["upstream-tls", "upstream-tls-once"] : [];
  const chosen = [...names, ...(choice.tls ? ["tls"] : []), ...upstream, ...(choice.workers ? ["workers"] : [])];
  return (chosen.length === 0 ? ["1k"] : chosen).map((name) => SCENARIOS[name as ScenarioName]);
}

function namesIn(text: string | undefined): string[] | undefined {
  return text?.split(",").filter((name) => name !== "");
}

function withSubjects(scenario: Scenario, all: boolean, only: readonly string[] | undefined): Scenario {
  const extra = scenario.suffix === "" && (all || only !== undefined) ? EXTRA : [];
  const wanted = ({ peer, name }: Subject): boolean =>
    only === undefined || only.includes(peer) || only.includes(name ?? "");
  return { ...scenario, subjects: [...scenario.subjects, ...extra].filter(wanted) };
}

/** The same proxy of another checkout beside ours. */
function withTree(scenario: Scenario, tree: string | undefined): Scenario {
  if (tree === undefined) return scenario;
  const ours = scenario.subjects.filter(({ peer }) => peer === "heddle" || peer === "heddle+3");
  const theirs = ours.map(
    ({ peer, workers }): Subject => ({
      peer,
      workers,
      tree,
      name: `${peer}@${tree.split("/").at(-1)}${scenario.suffix}`,
    }),
  );
  return { ...scenario, subjects: [...scenario.subjects, ...theirs] };
}
