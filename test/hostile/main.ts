/**
 * `npm run hostile [-- --quick] [--only EXPRESSION]`: every hostile module of `test/guests/hostile` against a proxy that serves another
 * route under load, then a flood of traps. Prints a table, and JSON on the last line; exit code 0 only if all are contained.
 */

import { formatTable } from "../../bench/table.ts";
import { hostileOptions } from "./hostile-options.ts";
import { runHostile } from "./run.ts";

const options = hostileOptions(process.argv.slice(2));
if (typeof options === "string") {
  process.stderr.write(`${options}\n`);
  process.exit(2);
}
const findings = await runHostile({
  ...options,
  say: (line) => process.stderr.write(`${line}\n`),
});
if (findings.length === 0) process.stderr.write("no case has such a name\n");
const rows = findings.map(({ name, outcome, took, beside, escaped }) => [
  ...[name, outcome, took, beside],
  escaped === undefined ? "contained" : "ESCAPED",
]);
process.stdout.write(`${formatTable([["module", "outcome", "ms", "p99 beside", ""], ...rows])}\n`);
for (const { name, escaped } of findings) if (escaped !== undefined) process.stdout.write(`${name}: ${escaped}\n`);
const contained = findings.filter(({ escaped }) => escaped === undefined).length;
process.stdout.write(`${JSON.stringify({ hostile: { cases: findings.length, contained } })}\n`);
process.exitCode = contained === findings.length && contained > 0 ? 0 : 1;
