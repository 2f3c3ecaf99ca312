import { printTable } from "./table.ts";

/** What Heddle promises about one figure. Smaller is better, except where `more` is set. */
interface Target {
  readonly bench: BenchName;
  readonly what: string;
  /** Name of the figure in the bench's result. */
  readonly figure: string;
  readonly atLeast: number;
  readonly aim: number;
  /** Nothing for a ratio. */
  readonly unit?: "us" | "KB" | "MB";
  readonly more?: boolean;
}

type BenchName = "proxy" | "filter" | "latency" | "memory" | "connections";

const TARGETS: readonly Target[] = [
  ratio("CPU per request, no filter, vs nginx with access log", "heddle/nginx", 1.4, 1.1),
  ratio("with api-key, rate-limit and canary", "heddle+3/nginx", 1.6, 1.3),
  ratio("the same vs HAProxy + Lua: API key and headers", "heddle+3/haproxy+lua", 1, 0.8),
  ratio("no filter, vs http-proxy-3", "heddle/http-proxy-3", 0.35, 0.25),
  ratio("no filter, vs @fastify/http-proxy", "heddle/@fastify/http-proxy", 0.35, 0.25),
  ratio("three filters, vs Envoy with the same as proxy-wasm", "heddle+3/envoy+3", 0.8, 0.5),
  ratio("TLS towards the client, vs nginx TLS", "heddle-tls/nginx-tls", 1.4, 1.2),
  ratio("64 KB bodies, vs nginx", "heddle-64k/nginx-64k", 1.2, 0.9),
  ratio("64 KB bodies, vs nginx with tuned buffers", "heddle-64k/nginx-tuned-64k", 1.2, 0.9),
  ratio("1 MB bodies, vs nginx", "heddle-1m/nginx-1m", 1.2, 0.9),
  ratio("1 MB bodies, vs nginx with tuned buffers", "heddle-1m/nginx-tuned-1m", 1.2, 0.9),
  { ...ratio("requests per CPU second, two workers vs one", "heddle-1w/heddle-2w", 0.9, 0.97), more: true },
  { ...ratio("p99 at half of nginx's load, vs nginx", "heddle/nginx", 2, 1.3), bench: "latency" },
  {
    bench: "filter",
    what: "one extra filter of three host calls",
    figure: "host3",
    atLeast: 1.5,
    aim: 0.6,
    unit: "us",
  },
  { bench: "filter", what: "the filter of 60 header calls", figure: "headers60", atLeast: 30, aim: 12, unit: "us" },
  {
    ...{ bench: "memory", what: "resident, main and one worker, idle, five plugins", figure: "idle" },
    ...{ atLeast: 130, aim: 90, unit: "MB" },
  },
  {
    ...{ bench: "connections", what: "10,000 idle keep-alive connections, each", figure: "perConnection" },
    ...{ atLeast: 25, aim: 10, unit: "KB" },
  },
  {
    ...{ bench: "memory", what: "1 GB body up and down, above idle", figure: "body" },
    ...{ atLeast: 30, aim: 10, unit: "MB" },
  },
];

function ratio(what: string, figure: string, atLeast: number, aim: number): Target {
  return { bench: "proxy", what, figure, atLeast, aim };
}

/** Pairs of servers, `A/B`, whose ratio a bench must give. */
export function wantedRatios(bench: BenchName): readonly string[] {
  return TARGETS.filter((target) => target.bench === bench && target.unit === undefined).map(({ figure }) => figure);
}

/** Figures of one run by name; null or absent where there is none. */
export type Figures = Readonly<Record<string, number | null | undefined>>;

export type Verdict = "aim met" | "met" | "missed" | "not measured";

export function judge(
  { atLeast, aim, more }: Pick<Target, "atLeast" | "aim" | "more">,
  figure: number | null | undefined,
): Verdict {
  if (figure === undefined || figure === null || Number.isNaN(figure)) return "not measured";
  const reaches = (bound: number): boolean => (more ? figure >= bound : figure <= bound);
  if (reaches(aim)) return "aim met";
  return reaches(atLeast) ? "met" : "missed";
}

/** What a bench is held to: every target of it, with what this run found. */
export function showRows(bench: BenchName, figures: Figures): string[][] {
  const rows = TARGETS.filter((target) => target.bench === bench).map((target) => {
    const figure = figures[target.figure];
    const unit = target.unit === undefined ? "" : ` ${target.unit}`;
    const found = typeof figure === "number" ? `${Number(figure.toFixed(2))}${unit}` : "-";
    return [target.what, found, `${target.atLeast}${unit}`, `${target.aim}${unit}`, judge(target, figure)];
  });
  return [["shows", "this run", "at least", "aim", "verdict"], ...rows];
}

export function printShows(bench: BenchName, figures: Figures): void {
  process.stdout.write("\n");
  printTable(showRows(bench, figures));
}
