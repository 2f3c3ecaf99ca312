/** `npm run check`: format, lint and layers (Biome), types (tsc), dead code (knip). All run; any failure fails. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const modules = join(root, "node_modules");
const checks: [name: string, script: string, ...args: string[]][] = [
  ["format, lint, layers", "@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."],
  ["types", "typescript/bin/tsc", "--noEmit"],
  ["dead code", "knip/bin/knip.js"],
];

let failed = 0;
for (const [name, script, ...args] of checks) {
  const run = spawnSync(process.execPath, [join(modules, script), ...args], { cwd: root, stdio: "inherit" });
  process.stdout.write(`${run.status === 0 ? "ok  " : "FAIL"}  ${name}\n`);
  if (run.status !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
