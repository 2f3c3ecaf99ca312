/**
 * `node test/wire/fuzz/main.ts [requests|responses] [--streams N] [--seed S] [--first N] [--over tcp|memory]`: mutated streams
 * through the whole proxy, on all cores. Ends with 1 where something differs from what the strict reader foretells.
 */
import { parseArgs } from "node:util";
import { shown } from "./campaign.ts";
import { STRICTER } from "./stricter.ts";
import { runOnAllCores } from "./workers.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    streams: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    first: { type: "string", default: "0" },
    over: { type: "string", default: "memory" },
  },
});
const report = await runOnAllCores({
  of: positionals[0] === "responses" ? "responses" : "requests",
  over: values.over === "tcp" ? "tcp" : "memory",
  ...{ seed: Number(values.seed), streams: Number(values.streams), first: Number(values.first) },
});
const rate = Math.round(report.streams / report.seconds);
process.stdout.write(`seed ${values.seed}: ${report.streams} streams in ${report.seconds.toFixed(1)} s (${rate}/s)\n`);
for (const [reason, count] of [...report.stricter].sort(([, one], [, other]) => other - one)) {
  process.stdout.write(`  stricter ${String(count).padStart(7)}  ${reason}: ${STRICTER.get(reason) ?? "NOT LISTED"}\n`);
}
for (const fault of report.faults) process.stdout.write(`${shown(fault)}\n`);
process.exitCode = report.faults.length === 0 ? 0 : 1;
