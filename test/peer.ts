import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of a program that tests or benches talk to; undefined where it is not installed. */
export function findPeer(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * For the `skip` option of a test that talks to these programs: false where all are installed, else the reason.
 *
 * @throws Error instead of a reason under HEDDLE_REQUIRE=all, so that CI never skips what it could install.
 */
export function skipWithout(...names: readonly string[]): string | false {
  const missing = names.filter((name) => findPeer(name) === undefined);
  return missing.length === 0 ? false : skipBecause(`${missing.join(" and ")} not installed`);
}

/** As `skipWithout`, for anything else that a test wants of its machine and that is missing. */
export function skipBecause(reason: string): string {
  if (process.env.HEDDLE_REQUIRE === "all") throw new Error(`HEDDLE_REQUIRE=all, but: ${reason}`);
  return reason;
}
