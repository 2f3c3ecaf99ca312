/**
 * `npm test [FILTER]`: every test file whose path contains FILTER, through node's own runner.
 * Peers that a test may want and that are missing make it skip with a reason; HEDDLE_REQUIRE=all makes that a failure.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const filter = process.argv[2] ?? "";
const files = globSync(["test/**/*.test.ts", "plugins/**/*.test.ts"], { cwd: root })
  .filter((file) => file.includes(filter))
  .sort();

if (files.length === 0) {
  process.stderr.write(`no test file's path contains "${filter}"\n`);
  process.exit(2);
}
const run = spawnSync(process.execPath, ["--test", "--test-timeout=120000", ...files], { cwd: root, stdio: "inherit" });
process.exitCode = run.status ?? 1;
