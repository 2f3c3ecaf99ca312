/**
 * `node test/wire/compare.ts [--write docs/wire.md]`: the raw cases through heddle, nginx and HAProxy, side by side.
 * Prints the rows where they differ; with --write puts the tables of that page in place.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { findPeer } from "../peer.ts";
import { compare, missedBy, type Row } from "./comparison.ts";
import { PEERS, type PeerName, startPeer } from "./peers.ts";
import { startHeddle, type Target } from "./target.ts";

const LANES = 6;
const names = ["heddle", ...PEERS.filter((each) => findPeer(each) !== undefined)];
const lanes = await Promise.all(Array.from({ length: LANES }, () => Promise.all(names.map(start))));
const rows = await compare(lanes);
await Promise.all(lanes.flat().map((target) => target.close()));

const differing = rows.filter((row) => names.some((name) => row.findings[name]?.missed));
const page = [summary(), "", ...tables()].join("\n");
process.stdout.write(`${page}\n`);
const [flag, file] = process.argv.slice(2);
if (flag === "--write" && file !== undefined) put(file, page);
process.exitCode = missedBy(rows, "heddle").length === 0 ? 0 : 1;

function start(name: string): Promise<Target> {
  return name === "heddle" ? startHeddle({ limits: { requestsPerConnection: 100_000 } }) : startPeer(name as PeerName);
}

function summary(): string {
  const counts = names.map((name) => `${name} misses ${missedBy(rows, name).length}`);
  return `${rows.length} cases: ${counts.join(", ")}.`;
}

/** One line for all cases of a table that have the same section and the same fate. */
function tables(): string[] {
  const sections = Map.groupBy(differing, (row) => row.table);
  return [...sections].flatMap(([title, members]) => [
    `### ${title}`,
    "",
    `| cases | for example | RFC | want | ${names.join(" | ")} |`,
    `|---|---|---|---|${names.map(() => "---|").join("")}`,
    ...[...Map.groupBy(members, fateOf).values()].map(lineOf),
    "",
  ]);
}

function fateOf({ wireCase, findings }: Row): string {
  return JSON.stringify([wireCase.section, wireCase.want, names.map((name) => findings[name])]);
}

function lineOf(rows: readonly Row[]): string {
  const [{ wireCase, findings }] = rows as [Row];
  const words = names.map((name) => {
    const finding = findings[name];
    return finding?.missed ? `**${finding.word}**` : (finding?.word ?? "");
  });
  const ids = rows.map((row) => row.wireCase.id);
  const cases = ids.length > 4 ? `${ids.slice(0, 3).join(", ")} and ${ids.length - 3} more` : ids.join(", ");
  const examples = rows.slice(0, 2).map((row) => code(row.wireCase.bytes));
  return `| ${[cases, examples.join("<br>"), wireCase.section, wireCase.want, ...words].join(" | ")} |`;
}

/** The bytes as a JavaScript string without its quotes, short enough for a table. */
function code(bytes: string): string {
  const text = bytes
    .replaceAll("Host: a.test\r\n", "…")
    .replace(/[^\x20-\x7e]/g, escaped)
    .replace(/(.)\1{30,}/g, (run, one) => `${one}{${run.length}}`);
  const short = text.length > 110 ? `${text.slice(0, 108)} …` : text;
  return `\`${short.replaceAll("|", "\\|").replaceAll("`", "'")}\``;
}

function escaped(byte: string): string {
  const known = { "\r": "\\r", "\n": "\\n", "\t": "\\t" }[byte];
  return known ?? (byte > "\xff" ? byte : `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

function put(path: string, text: string): void {
  const [start, end] = ["<!-- compare:start -->", "<!-- compare:end -->"];
  const old = readFileSync(path, "utf8");
  const [before, rest = ""] = old.split(start);
  writeFileSync(path, `${before}${start}\n${text}\n${end}${rest.split(end)[1] ?? ""}`);
}
