import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BuildResult } from "../../build/build-store.ts";
import type { Build } from "../build-cache.ts";

const INDEX = `import { Action } from "heddle/sdk";
export function onRequest(): Action { return Action.Next; }
export function onResponse(): Action { return Action.Next; }
export function onLog(): void {}
`;
const PLUGIN = { name: "empty", version: "1.0.0", description: "Does nothing." };

/** The filter that others are compared with: it has the hooks for heads and the log, and does nothing in them. */
export async function buildEmptyFilter(build: Build): Promise<BuildResult> {
  const folder = await mkdtemp(join(tmpdir(), "heddle-empty-"));
  try {
    await writeFile(join(folder, "index.ts"), INDEX);
    await writeFile(join(folder, "plugin.json"), JSON.stringify(PLUGIN));
    return await build(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
