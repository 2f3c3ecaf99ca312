import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** The path of a program that tests or benches talk to; undefined where it is not installed. */
export function findPeer(name: string): string | undefined {
  const system = ["/usr/sbin", "/usr/local/sbin"];
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...system, join(homedir(), "go", "bin")];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * For the `skip` option of a test that talks to these programs: false where all are installed, else the reason.
 *
 * @throws Error instead of a reason under HEDDLE_REQUIRE=all, so that CI never skips what it could install. What it found it
 * cannot install is named in HEDDLE_WITHOUT, separated by commas.
 */
export function skipWithout(...names: readonly string[]): string | false {
  const missing = names.filter((name) => findPeer(name) === undefined);
  if (missing.length === 0) return false;
  const reason = `${missing.join(" and ")} not installed`;
  const without = (process.env.HEDDLE_WITHOUT ?? "").split(",");
  return missing.every((name) => without.includes(name)) ? reason : skipBecause(reason);
}

/** As `skipWithout`, for anything else that a test wants of its machine and that is missing. */
export function skipBecause(reason: string): string {
  if (process.env.HEDDLE_REQUIRE === "all") throw new Error(`HEDDLE_REQUIRE=all, but: ${reason}`);
  return reason;
}
