import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { skipBecause } from "../peer.ts";

const root = join(import.meta.dirname, "..", "..");
const scratch = mkdtempSync(join(tmpdir(), "heddle-package-"));
const project = join(scratch, "elsewhere");
after(() => rmSync(scratch, { recursive: true, force: true }));

// This Node comes first, so that the 200 MB of the optional Node package need not be installed once more.
const { NODE_TEST_CONTEXT: _, ...outer } = process.env;
const env = { ...outer, PATH: [dirname(process.execPath), outer.PATH].join(delimiter), NO_COLOR: "1" };
const TOKENIZER = "dist/runtime/http/h1/head/tokenizer.wasm";
const UNREACHABLE = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)\b/;

function call(cwd: string, command: string, ...args: string[]) {
  return spawnSync(command, args, { cwd, env, encoding: "utf8", shell: process.platform === "win32" });
}

/** The standard output of a command that must end with code 0. */
function succeed(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr } = call(cwd, command, ...args);
  assert.equal(status, 0, `${command} ${args.join(" ")} ended with code ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** The files of the tarball that `npm pack` writes, and its path. */
function pack(): { tarball: string; files: string[] } {
  const output = succeed(root, "npm", "pack", "--json", "--pack-destination", scratch);
  const packed = JSON.parse(output.slice(output.search(/^\[/m)))[0] as { filename: string; files: { path: string }[] };
  return { tarball: join(scratch, packed.filename), files: packed.files.map(({ path }) => path) };
}

test("the package works when installed into an empty folder elsewhere", async (t) => {
  const { tarball, files } = pack();

  await t.test("ships what runs and what filters are compiled from, and nothing else", () => {
    for (const needed of ["bin/heddle.mjs", "dist/runtime/cli/entry.js", "sdk/index.ts", "wit/policy.wit", "LICENSE"]) {
      assert.ok(files.includes(needed), `${needed} is missing`);
    }
    assert.ok(files.includes(TOKENIZER), "heads would be read by the slow tokenizer");
    const others = files.filter((path) => path !== TOKENIZER);
    const foreign = others.filter((path) =>
      /\.(wasm|map|tgz)$|\.test\.ts$|^(test|examples|bench|runtime)\//.test(path),
    );
    assert.deepEqual(foreign, []);
  });

  mkdirSync(project);
  const quiet = ["--omit=optional", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  const install = call(project, "npm", "install", ...quiet, tarball);
  if (install.status !== 0 && UNREACHABLE.test(install.stderr)) {
    t.skip(skipBecause("npm's registry cannot be reached and its cache is not full enough"));
    return;
  }
  assert.equal(install.status, 0, install.stderr);
  const filter = join(project, "my-filter");

  await t.test("heddle --version", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    assert.equal(succeed(project, "npx", "--no-install", "heddle", "--version").trim(), version);
  });

  await t.test("heads are read by the WebAssembly that came along", () => {
    const file = join(project, "node_modules", "heddle", dirname(TOKENIZER), "shared-tokenizer.js");
    const script = `console.log((await import(${JSON.stringify(pathToFileURL(file))})).sharedTokenizer().input.byteOffset)`;
    // Where its input is in its linear memory; the slow one has an array of its own.
    assert.equal(succeed(project, process.execPath, "--input-type=module", "-e", script).trim(), "32768");
  });

  await t.test("heddle new", () => {
    succeed(project, "npx", "--no-install", "heddle", "new", "my-filter");
    assert.ok(existsSync(join(filter, "index.ts")));
  });

  await t.test("heddle build", () => {
    const output = succeed(filter, "npx", "--no-install", "heddle", "build");
    assert.match(output, /sha256:[0-9a-f]{64}/);
    const component = readFileSync(join(filter, "dist", "my-filter.wasm"));
    assert.equal(component.subarray(0, 8).toString("hex"), "0061736d0d000100", "a component's preamble");
  });

  await t.test("heddle test", () => {
    const output = succeed(filter, "npx", "--no-install", "heddle", "test");
    assert.match(output, /5 passed/);
  });

  await t.test("a folder without tests is a failure that says so", () => {
    const { status, stderr } = call(project, "npx", "--no-install", "heddle", "test", "no-such-folder");
    assert.equal(status, 2);
    assert.match(stderr, /no-such-folder/);
  });
});
