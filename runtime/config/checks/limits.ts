import { parseDuration } from "../duration.ts";
import { type FieldPath, type Issue, show } from "../issue.ts";
import type { LimitsSpec } from "../schemas/plugin.ts";
import { parseSize } from "../size.ts";
import type { CheckContext } from "./walk.ts";

interface Bounds {
  readonly field: keyof LimitsSpec;
  readonly from: string;
  readonly to: string;
}

/** Neither a hook nor a start may take half as long as the watchdog lets a thread be in one. */
const TIMES: readonly Bounds[] = [
  { field: "startTimeout", from: "1ms", to: "450ms" },
  { field: "headTimeout", from: "1ms", to: "75ms" },
  { field: "bodyTimeout", from: "1ms", to: "75ms" },
  { field: "exchangeTimeout", from: "1ms", to: "10s" },
  { field: "callTimeout", from: "1ms", to: "5m" },
  { field: "waitingTimeout", from: "100ms", to: "30s" },
];

const SIZES: readonly Bounds[] = [
  { field: "memory", from: "64Ki", to: "1Gi" },
  { field: "bodyBytes", from: "0", to: "256Mi" },
  { field: "callBytes", from: "0", to: "256Mi" },
];

/** Bounds that a schema cannot say, since these are texts with units. */
export function limitIssues(limits: LimitsSpec | undefined, path: FieldPath, { clean }: CheckContext): Issue[] {
  const issues = (bounds: readonly Bounds[], parse: (text: string) => number | undefined): Issue[] =>
    bounds.flatMap(({ field, from, to }) => {
      const given = limits?.[field];
      if (given === undefined || !clean([...path, field])) return [];
      const value = parse(String(given)) as number;
      const fits = value >= (parse(from) as number) && value <= (parse(to) as number);
      return fits ? [] : [{ path: [...path, field], expected: `from ${from} to ${to}`, got: show(given) }];
    });
  return [...issues(TIMES, parseDuration), ...issues(SIZES, parseSize)];
}
