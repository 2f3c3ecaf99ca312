#!/usr/bin/env node
// The `heddle` command. In the repository it runs the TypeScript sources through launch.mjs; in the published package
// it runs the compiled JavaScript, on the pinned Node when this one is older than 26.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { pinnedNode } from "./pinned-node.mjs";
import { runNode } from "./run-node.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const compiled = join(root, "dist", "runtime", "cli", "entry.js");
const source = join(root, "runtime", "cli", "entry.ts");

if (existsSync(source)) {
  process.argv.splice(2, 0, source);
  await import("./launch.mjs");
} else if (Number(process.versions.node.split(".")[0]) >= 26) {
  await import(pathToFileURL(compiled).href);
} else {
  const binary = pinnedNode();
  if (binary === undefined) {
    process.stderr.write("heddle needs Node 26; install it, or install heddle without --omit=optional.\n");
    process.exit(1);
  }
  runNode(binary, [compiled, ...process.argv.slice(2)]);
}
