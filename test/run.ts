/**
 * `npm test -- [PART...]`: every test file whose path contains one of the parts, through node's own runner.
 * Peers that a test may want and that are missing make it skip with a reason; HEDDLE_REQUIRE=all makes that a failure.
 */
import { spawnSync } from "node:child_process";
import { globSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const parts = process.argv.slice(2);
const files = globSync(["test/**/*.test.ts", "plugins/**/*.test.ts"], { cwd: root })
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .sort();

if (files.length === 0) {
  process.stderr.write(`no test file's path contains ${parts.join(" or ")}\n`);
  process.exit(2);
}
// Guests and plugins are compiled once per content, whatever number of test processes and runs wants them.
const builds = join(root, "node_modules", ".cache", "heddle-builds");
forgetOlderThan(7 * 86_400_000);
const env = { HEDDLE_BUILD_CACHE: builds, ...process.env };
const options = { cwd: root, stdio: "inherit", env } as const;
const run = spawnSync(process.execPath, ["--test", "--test-timeout=120000", ...files], options);
process.exitCode = run.status ?? 1;

/** What another run has forgotten meanwhile is not there. */
function isOlderThan(path: string, milliseconds: number): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > milliseconds;
}

function forgetOlderThan(milliseconds: number): void {
  for (const path of globSync(join(builds, "*")).filter((each) => isOlderThan(each, milliseconds))) {
    rmSync(path, { force: true });
  }
}
