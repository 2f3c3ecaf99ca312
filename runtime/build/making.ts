import type { Hook } from "../artifact/manifest.ts";
import type { BuildStyle } from "./compile.ts";
import type { CoverageFile } from "./coverage-points.ts";
import type { FilterShape } from "./hooks.ts";
import type { PluginJson } from "./plugin-json.ts";
import type { Sources } from "./sources.ts";

/** A filter whose source has been read and looked over. */
export interface Making {
  readonly plugin: Pick<PluginJson, "name" | "memory" | "sensitiveHeaders">;
  readonly shape: FilterShape;
  readonly sources: Sources;
  /** The filter's folder as errors should name it. */
  readonly where: string;
  readonly style: BuildStyle;
}

/** What is made of it for one target. */
export interface Made {
  /** A component or a core module. */
  readonly binary: Uint8Array;
  /** Of its code: byte offsets to lines of the AssemblyScript source. */
  readonly sourceMap: string;
  /** Interfaces of the contract that a proxy finds it to use, sorted. */
  readonly capabilities: readonly string[];
  readonly hooks: readonly Hook[];
  /** What a counted build counts. */
  readonly counted?: readonly CoverageFile[] | undefined;
}
