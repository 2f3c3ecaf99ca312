/** `npm start` and `npm start -- --tour`, as processes, in a folder of their own. */

import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";

const MAIN = join(import.meta.dirname, "..", "..", "examples", "shop", "main.ts");
const FIVE = 5;
const shell = promisify(execFile);

interface Run {
  readonly child: ChildProcess;
  /** Everything that it has printed and said. */
  text(): string;
  /** Resolves once its output holds this. */
  printed(words: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "heddle-shop-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

function start(t: TestContext, ...args: string[]): Run {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  const ended = once(child, "close").then(([code]) => code as number | null);
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part) => (text += part));
  // SIGTERM, so that a test that fails takes the parts with it.
  t.after(async () => {
    if (child.exitCode !== null) return;
    child.kill("SIGTERM");
    await ended;
  });
  const printed = (words: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (text.includes(words)) resolve();
      };
      child.stdout.on("data", look);
      ended.then(() => reject(new Error(`ended before it printed "${words}":\n${text}`)));
      look();
    });
  return { child, text: () => text, printed, ended };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function runLine(line: string): Promise<string> {
  const { stdout } = await shell("sh", ["-c", line], { timeout: 60_000 });
  return stdout;
}

const hasCurl = await runLine("curl --version").then(
  () => true,
  () => false,
);

const EXPECTED = [
  /^HTTP\/1\.1 200 .*alice/s,
  /^HTTP\/1\.1 401 .*www-authenticate: Bearer/is,
  /^HTTP\/1\.1 401 .*invalid_token/s,
  /^200 200 200 200 200 429 429 $/,
  /"version": ?"?2.*total/s,
];

test("npm start: the five lines on the screen do what they say, and a signal stops everything", async (t) => {
  if (!hasCurl) {
    assert.notEqual(process.env.HEDDLE_REQUIRE, "all", "curl is missing");
    return t.skip("curl is missing");
  }
  const shop = start(t, "--folder", folderOf(t));
  await shop.printed("Ctrl-C drains");
  const text = shop.text();
  const lines = [...text.matchAll(/^ {3}((?:curl|for) .*)$/gm)].map(([, line]) => line as string);
  assert.equal(lines.length, FIVE, text);
  for (const [index, line] of lines.entries()) assert.match(await runLine(line), EXPECTED[index] as RegExp, line);
  const pids = [...text.matchAll(/ pid (\d+) /g)].map(([, pid]) => Number(pid));
  assert.equal(pids.length, 6);
  assert.ok(pids.every(isAlive));

  shop.child.kill("SIGINT");
  assert.equal(await shop.ended, 0, shop.text());
  assert.deepEqual(pids.filter(isAlive), []);
});

test("npm start -- --tour: every step, exit code 0", async (t) => {
  const tour = start(t, "--tour", "--folder", folderOf(t));
  const code = await tour.ended;
  assert.equal(code, 0, tour.text());
  assert.match(tour.text(), /^9 of 9 steps as expected$/m);
});

test("a folder that holds somebody's files is not emptied", async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, "precious.txt"), "");
  const refused = start(t, "--folder", folder);
  assert.equal(await refused.ended, 1);
  assert.match(refused.text(), /USAGE: expected --folder to be new or empty/);
});
