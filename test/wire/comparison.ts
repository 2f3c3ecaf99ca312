import { TABLES } from "./cases/all.ts";
import { differences } from "./forwarded.ts";
import { faultsOf, type Observation, observe, requestsIn, verdictOf } from "./judge.ts";
import type { Target } from "./target.ts";
import type { WireCase } from "./wire-case.ts";

/** What one proxy made of one case. */
export interface Finding {
  readonly word: string;
  readonly missed: boolean;
}

export interface Row {
  readonly table: string;
  readonly wireCase: WireCase;
  readonly findings: Readonly<Record<string, Finding>>;
}

/**
 * Every case of every table through every proxy. @param lanes sets of the same proxies, each of which takes a share: what takes
 * long is to wait for connections that stay open. @param patience milliseconds after which a connection counts as that
 */
export async function compare(lanes: readonly (readonly Target[])[], patience = 400): Promise<Row[]> {
  const rows = TABLES.flatMap(([table, cases]) => cases.map((wireCase) => ({ table, wireCase })));
  const done = new Map<WireCase, Row>();
  const waiting = rows[Symbol.iterator]();
  const work = async (targets: readonly Target[]) => {
    for (const { table, wireCase } of waiting) {
      const found = await Promise.all(targets.map((target) => judge(target, wireCase, patience)));
      done.set(wireCase, { table, wireCase, findings: Object.fromEntries(found) });
    }
  };
  await Promise.all(lanes.map(work));
  return rows.map(({ wireCase }) => done.get(wireCase) as Row);
}

async function judge(target: Target, wireCase: WireCase, patience: number): Promise<[string, Finding]> {
  const seen = await observe(target, wireCase, patience);
  return [target.name, target.name === "heddle" ? oursOf(wireCase, seen) : theirsOf(wireCase, seen)];
}

function oursOf(wireCase: WireCase, seen: Observation): Finding {
  return { word: verdictOf(wireCase, seen), missed: faultsOf(wireCase, seen).length > 0 };
}

/** Others may add what they like and answer as they like: all that counts is what became of the message. */
function theirsOf(wireCase: WireCase, seen: Observation): Finding {
  const word = verdictOf(wireCase, seen);
  if (wireCase.want === "reject") return { word, missed: word !== "refused" && word !== "silent" };
  if (wireCase.want === "answer") return { word, missed: word !== "answered" };
  if (word !== "forwarded") return { word, missed: true };
  const changed = alterations(wireCase, seen);
  return changed.length > 0 ? { word: changed.join(", "), missed: true } : { word, missed: false };
}

function alterations(wireCase: WireCase, seen: Observation): string[] {
  const sent = requestsIn(wireCase);
  const wanted = wireCase.requests ?? 1;
  const found = new Set<string>();
  if (seen.requests.length !== wanted) found.add(`${seen.requests.length} of ${wanted} requests`);
  for (const [index, request] of seen.requests.entries()) {
    const from = sent[index];
    if (from === undefined) continue;
    const host = request.fields.find(([name]) => name === "host")?.[1] ?? "";
    for (const each of differences(from, request, { target: request.target, host })) {
      const [what = ""] = each.split(":");
      if (what === "body" || what === "method") found.add(`${what} changed`);
      if (what === "fields") found.add("fields changed");
      if (["keep-alive", "te", "upgrade", "http2-settings", "proxy-connection"].includes(what)) {
        found.add(`${what} forwarded`);
      }
    }
  }
  return [...found];
}

export function missedBy(rows: readonly Row[], name: string): Row[] {
  return rows.filter((row) => row.findings[name]?.missed);
}
