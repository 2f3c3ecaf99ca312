// Runs a TypeScript entry of this repository on the pinned Node, whatever Node started it, and installs the
// dependencies first when they are missing or older than the lock file. Compiles the tokenizer once. Plain JavaScript
// for Node >= 20.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pinnedNode } from "./pinned-node.mjs";
import { runNode } from "./run-node.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".heddle-installed");

/** The digest of the lock file: what `node_modules` should hold. */
function wanted() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted();
}

/**
 * Installs what the lock file names; a no-op, offline too, once that was done. Not `npm ci`: it refuses a lock file in
 * which an optional package of another platform is missing, and registries mirror those incompletely.
 */
function install() {
  if (isInstalled()) return;
  process.stderr.write("heddle: installing dependencies (once, about 30 s) ...\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const run = spawnSync(npm, ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (run.status !== 0) {
    process.stderr.write("heddle: `npm install` failed; see above. Check the network and try again.\n");
    process.exit(run.status ?? 1);
  }
  writeFileSync(stamp, wanted());
}

/** The pinned Node's binary, or this process's own where the platform has none and it is new enough. */
function node() {
  const binary = pinnedNode();
  if (binary !== undefined) return binary;
  if (Number(process.versions.node.split(".")[0]) >= 26) return process.execPath;
  process.stderr.write(`heddle: no Node 26 for ${process.platform}-${process.arch}; install Node 26 and try again.\n`);
  return process.exit(1);
}

/** Compiles the HTTP head tokenizer where a fresh clone has none; a stale one is noticed by whoever loads it. */
function generate(binary) {
  const folder = join(root, "runtime", "http", "h1", "head");
  if (existsSync(join(folder, "tokenizer.wasm"))) return;
  spawnSync(binary, [join(folder, "generate-tokenizer.ts")], { stdio: ["ignore", "inherit", "inherit"] });
}

install();
const binary = node();
// What the type stripper made of the sources is kept, so that a process need not load it: 20 MB in every thread.
process.env.NODE_COMPILE_CACHE ??= join(root, "node_modules", ".cache", "heddle");
generate(binary);
runNode(binary, process.argv.slice(2));
