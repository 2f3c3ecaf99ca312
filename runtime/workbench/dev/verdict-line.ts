import type { AccessRecord } from "../../telemetry/access-log.ts";
import { FUEL_ATTRIBUTE } from "../../wasm/show-fuel.ts";
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
  /** Units that the filter's hooks for the messages burnt. */
  readonly fuel: number;
  /** Milliseconds: the whole exchange, and that of the backend. */
  readonly duration: number;
  readonly backend: number;
}

/** Reads a line of the access log. */
export function servedVerdict(line: string): ServedVerdict {
  const record = JSON.parse(line) as AccessRecord;
  const { method, path, query, status, detail, duration, upstreamDuration } = record;
  const { [FUEL_ATTRIBUTE]: fuel, ...attributes } = record.attributes;
  return {
    ...{ method, status, detail, attributes, fuel: Number(fuel ?? 0), duration, backend: upstreamDuration },
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

/** What comes from a client may hold what a terminal obeys. */
function printable(text: string): string {
  return text.replace(/[^ -~\u00a0-\uffff]/g, "\ufffd");
}

const COLOURS: Readonly<Record<string, "green" | "yellow" | "red">> = { next: "green", respond: "yellow" };

/** `GET /orders  next  200  1.2 ms  2,355 fuel  subject=alice`: what every line has stands below that of the line before. */
export function verdictLine(served: ServedVerdict, screen: Screen): string {
  const { method, path, verdict, status, detail, attributes, fuel, duration } = served;
  const left = Object.entries(attributes).map(
    ([name, value]) => `${screen.paint("cyan", name)}=${printable(String(value))}`,
  );
  const cells = [
    `${method} ${printable(path)}`.padEnd(24),
    screen.paint(COLOURS[verdict] ?? "red", verdict.padEnd(7)),
    String(status).padStart(3),
    screen.paint("dim", `${duration.toFixed(1)} ms`.padStart(8)),
    screen.paint("dim", `${fuel.toLocaleString("en")} fuel`.padStart(11)),
    ...(detail === "" ? [] : [printable(detail)]),
    ...left,
  ];
  return cells.join("  ").trimEnd();
}
