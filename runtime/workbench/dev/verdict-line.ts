import type { AccessRecord } from "../../telemetry/access-log.ts";
import type { Screen } from "../screen.ts";

/** What a filter decided about a request that a proxy served, as far as the access log tells. */
export interface ServedVerdict {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** `next`, `respond`, `fault`; for what went wrong without the filter the response flag. */
  readonly verdict: string;
  /** 0 when the client left. */
  readonly status: number;
  readonly detail: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Milliseconds: the whole exchange, and that of the backend. */
  readonly duration: number;
  readonly backend: number;
}

/** Reads a line of the access log. */
export function servedVerdict(line: string): ServedVerdict {
  const record = JSON.parse(line) as AccessRecord;
  const { method, path, query, status, detail, attributes, duration, upstreamDuration } = record;
  return {
    ...{ method, status, detail, attributes, duration, backend: upstreamDuration },
    path: query === undefined ? path : `${path}?${query}`,
    verdict: verdictOf(record),
  };
}

/** Flags of answers that a filter gave. */
const ANSWERS = new Set(["UAEX", "RL", "FA"]);

function verdictOf({ flags }: AccessRecord): string {
  const [flag = "-"] = flags.split(",");
  if (flag === "-") return "next";
  if (ANSWERS.has(flag)) return "respond";
  return flag === "PF" ? "fault" : flag;
}

const COLOURS: Readonly<Record<string, "green" | "yellow" | "red">> = { next: "green", respond: "yellow" };

/** `GET /orders  next  200  subject=alice  1.2 ms`. */
export function verdictLine(served: ServedVerdict, screen: Screen): string {
  const { method, path, verdict, status, detail, attributes, duration } = served;
  const left = Object.entries(attributes).map(([name, value]) => `${screen.paint("cyan", name)}=${value}`);
  const cells = [
    `${method} ${path}`.padEnd(28),
    screen.paint(COLOURS[verdict] ?? "red", verdict.padEnd(7)),
    String(status),
    ...(detail === "" ? [] : [detail]),
    ...left,
    screen.paint("dim", `${duration.toFixed(1)} ms`),
  ];
  return cells.join("  ");
}
