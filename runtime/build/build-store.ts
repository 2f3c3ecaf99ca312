import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../artifact/digest.ts";
import type { Manifest } from "../artifact/manifest.ts";
import { packageRoot } from "../package.ts";
import type { CoverageFile } from "./coverage-points.ts";
import type { Sources } from "./sources.ts";
import type { Target } from "./target.ts";

/** What a build makes of its sources. */
export interface BuildResult {
  readonly target: Target;
  /** The WebAssembly component, or for another target the core module. The same source gives the same bytes on every machine and in every folder. */
  readonly component: Uint8Array;
  readonly manifest: Manifest;
  /** Of `component`. */
  readonly digest: string;
  /** Source map of the core module: byte offsets to lines of the AssemblyScript source. */
  readonly sourceMap: string;
  /** What a counted build counts. */
  readonly counted?: readonly CoverageFile[];
}

/** Builds that were done before, on disk, shared by processes. */
export interface BuildStore {
  /**
   * The result for these sources: from the disk if every file that its build read is the same, else by `build`.
   *
   * @param target where it is not the one that plugin.json names
   */
  take(sources: Sources, build: () => Promise<BuildResult>, target?: Target): Promise<BuildResult>;
}

interface Entry {
  /** Digest of each file that the build asked for; null for one that was not there. */
  readonly reads: [name: string, digest: string | null][];
  readonly target: Target;
  readonly component: string;
  readonly digest: string;
  readonly manifest: Manifest;
  readonly sourceMap: string;
}

/** Files that every build reads: with the toolchain they name the entry, in which the rest is listed. */
const ROOTS = ["index.ts", "plugin.json", "config.schema.json"];

/** A store in a folder that only its user can write. Its files are believed: it is for tests, not for releases. */
export function createBuildStore(folder: string): BuildStore {
  return {
    async take(sources, build, target) {
      const key = sha256(JSON.stringify([toolchain(), target ?? "", ...ROOTS.map((name) => sources.read(name))])).slice(
        7,
      );
      const path = join(folder, `${key}.json`);
      const entry = await readEntry(path);
      if (entry?.reads.every(([name, digest]) => digestOf(sources.read(name)) === digest)) return resultOf(entry);
      const result = await build();
      await writeEntry(folder, path, entryOf(result, sources));
      return result;
    },
  };
}

/** Keeps nothing. */
export const noBuildStore: BuildStore = { take: (_sources, build) => build() };

function digestOf(text: string | null): string | null {
  return text === null ? null : sha256(text);
}

function entryOf({ component, ...rest }: BuildResult, sources: Sources): Entry {
  const reads = [...sources.found()].map(([name, text]): [string, string | null] => [name, digestOf(text)]);
  return { reads, component: Buffer.from(component).toString("base64"), ...rest };
}

function resultOf({ reads: _, component, ...rest }: Entry): BuildResult {
  return { component: Buffer.from(component, "base64"), ...rest };
}

/** Undefined when there is none, or none that can be read. */
async function readEntry(path: string): Promise<Entry | undefined> {
  try {
    const entry = JSON.parse(await readFile(path, "utf8")) as Entry;
    return sha256(Buffer.from(entry.component, "base64")) === entry.digest ? entry : undefined;
  } catch {
    return undefined;
  }
}

async function writeEntry(folder: string, path: string, entry: Entry): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(entry));
  await rename(draft, path);
}

let known: string | undefined;

/** Digest of everything but the filter that decides what a build gives: our own code, the contract, the compilers. */
function toolchain(): string {
  known ??= sha256(
    JSON.stringify([
      ...["build", "artifact"].flatMap((part) => filesIn(join(import.meta.dirname, "..", part))),
      ...["wit/policy.wit", "package.json", "package-lock.json"].map((name) => textOf(join(packageRoot, name))),
    ]),
  );
  return known;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.[jt]s$/.test(name))
    .sort()
    .map((name) => textOf(join(folder, name)));
}

/** The published package has no lock file: its compilers' versions are exact in package.json. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
