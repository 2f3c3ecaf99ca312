import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { skipWithoutEnvoy } from "./hosts/envoy/skip-without-envoy.ts";

// The test tables of the plugins run on the direct binding wherever plugins are tested. Here the same files run on every other
// host of a filter, and without the meter that puts fuel into their code: one source, one set of tables.

const root = join(import.meta.dirname, "..", "..");
const tables = globSync("plugins/*/*.test.ts", { cwd: root }).sort();

interface Host {
  /** File in hosts/ that has its `mountFilter`. */
  readonly name: string;
  /** Tests of which the host is allowed another answer, and why. */
  readonly differs: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly skip?: string | false;
}

const HOSTS: readonly Host[] = [
  { name: "jco", differs: {} },
  { name: "unmetered", differs: {} },
  {
    name: "proxy-wasm",
    differs: { "^without its key set the filter answers 503": "keys come with the configuration, which is new then" },
  },
  {
    name: "envoy",
    differs: {
      "^(two fields|a field of each scheme): 400": "Envoy joins Authorization fields: refused as one bad one",
    },
    env: { HEDDLE_TEST_KEYS: "500" },
    skip: skipWithoutEnvoy(),
  },
];

for (const { name, differs, env, skip = false } of HOSTS) {
  test(`the tables of the plugins on ${name}`, { skip, timeout: 400_000 }, async () => {
    const patterns = Object.keys(differs).map((pattern) => `--test-skip-pattern=/${pattern}/`);
    const { code, output } = await runTables(name, patterns, env);
    assert.equal(code, 0, output.slice(output.indexOf("failing tests")).slice(0, 20_000));
    assert.match(output, /^ℹ tests 2[5-9]\d$/m);
  });
}

interface Run {
  readonly code: number | null;
  readonly output: string;
}

function runTables(host: string, patterns: readonly string[], more: Host["env"]): Promise<Run> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const preload = join(import.meta.dirname, "hosts", "redirect.ts");
  const args = ["--import", preload, "--test", "--test-reporter=spec", "--test-concurrency=1", ...patterns, ...tables];
  const child = spawn(process.execPath, args, { cwd: root, env: { ...env, ...more, HEDDLE_TEST_HOST: host } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part) => {
      output += part;
    });
  }
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}
