import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { sha256 } from "../artifact/digest.ts";
import { buildPlugin } from "../build/build-plugin.ts";
import type { BuildResult } from "../build/build-store.ts";
import { filterFiles } from "./filter-files.ts";

/** Builds the filter in a folder. */
export type Build = (folder: string) => Promise<BuildResult>;

const buildHere: Build = (folder) => buildPlugin({ folder });

let cache = cachedBuilds(buildHere);

/** Builds the filter in a folder, or gives what it built from the same content before, within this process. */
export function buildCached(folder: string): Promise<BuildResult> {
  return cache(folder);
}

/** From now on somebody else builds for this process. */
export function buildElsewhere(build: Build): void {
  cache = cachedBuilds(build);
}

/** Builds once per content of a folder. */
export function cachedBuilds(build: Build): Build {
  const known = new Map<string, Promise<BuildResult>>();
  return async (folder) => {
    const key = `${resolve(folder)} ${contentDigest(folder)}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const building = build(folder);
    known.set(key, building);
    building.catch(() => known.delete(key));
    return building;
  };
}

/** Of names and contents of everything in the folder but its dependencies and tests. */
function contentDigest(folder: string): string {
  const files = sourcesIn(folder).map((path) => [path, readFileSync(join(folder, path), "utf8")]);
  return sha256(JSON.stringify(files));
}

/** None of a folder that is not there: whoever builds it says so. */
function sourcesIn(folder: string): string[] {
  try {
    return filterFiles(folder).filter((path) => /\.(ts|json)$/.test(path) && !path.endsWith(".test.ts"));
  } catch {
    return [];
  }
}
