import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { sha256 } from "../artifact/digest.ts";
import { type BuiltPlugin, buildPlugin } from "../build/build-plugin.ts";

const cache = new Map<string, Promise<BuiltPlugin>>();

/** Builds the filter in a folder, or gives what it built from the same content before, within this process. */
export async function buildCached(folder: string): Promise<BuiltPlugin> {
  const key = `${resolve(folder)} ${await contentDigest(folder)}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const building = buildPlugin({ folder });
  cache.set(key, building);
  building.catch(() => cache.delete(key));
  return building;
}

/** Of names and contents of everything in the folder but its dependencies and tests. */
async function contentDigest(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = names
    .filter((entry) => entry.isFile() && /\.(ts|json)$/.test(entry.name) && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("node_modules"))
    .sort();
  const contents = await Promise.all(files.map((path) => readFile(path, "utf8")));
  return sha256(JSON.stringify(files.map((path, at) => [path, contents[at]])));
}
