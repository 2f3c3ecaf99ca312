import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { HeddleError } from "../../errors.ts";
import type { ReplayDifference, ReplayOptions, ReplaySummary, ReplayVersion } from "../../workbench/replay/replay.ts";
import { plural, type Screen } from "../../workbench/screen.ts";
import type { CommandModule } from "../command.ts";
import { isPluginFile } from "../plugin-file.ts";
import { readConfig } from "../read-config.ts";
import { type RegistryOptions, registryOptions, withRegistry } from "../registry-options.ts";
import { processScreen } from "../terminal.ts";

interface Options extends RegistryOptions {
  readonly filter: string;
  readonly against: string;
  readonly config?: string;
  readonly json?: boolean;
}

export const command: CommandModule = {
  register(program, terminal) {
    const replay = program
      .command("replay")
      .argument("<recording>", "what `heddle proxy --record` wrote")
      .requiredOption("--filter <folder|file>", "the version that is asked about: its folder, or a built component")
      .requiredOption("--against <version>", "what it is compared with: a folder, a built component, or a reference")
      .option("--config <file>", "YAML or JSON with the filter's configuration (default: that of its first case)")
      .option("--json", "print each difference and the summary as a line of JSON")
      .description("run recorded requests through two versions of a filter, and show where they decide otherwise")
      .addHelpText(
        "after",
        "\nEach exchange is run at its time, and calls are answered as they were. Values that" +
          "\nwere redacted are REDACTED for both versions: record with --record-keep what the" +
          "\nfilter decides by. Ends with 0 when the versions do the same, 1 when they differ." +
          "\n\nExample:\n  heddle replay shop.ndjson --filter my-filter --against registry.example/acme/my-filter:1.0.0",
      );
    registryOptions(replay).action(async (file: string, options: Options) => {
      if (!existsSync(file)) throw new HeddleError("USAGE", "expected a recording, but there is none", { where: file });
      const engine = await import("../../workbench/replay/replay.ts");
      const screen = processScreen(terminal);
      const summary = await engine.replay({
        file,
        filter: await versionOf(options.filter, options),
        against: await versionOf(options.against, options),
        setup: await setupOf(options),
        onDifference: (one) => (options.json ? terminal.json(one) : show(one, screen)),
      });
      if (options.json) terminal.json(summary);
      else conclude(summary, screen);
      process.exitCode = summary.different === 0 ? 0 : 1;
    });
  },
};

async function versionOf(version: string, options: RegistryOptions): Promise<ReplayVersion> {
  const { builtOf, readBuilt } = await import("../../workbench/replay/built-file.ts");
  if (isPluginFile(version) && !statSync(version).isDirectory()) {
    return (await ofAnotherTool(version)) ?? (await readBuilt(version));
  }
  if (existsSync(version)) {
    const { buildPlugin } = await import("../../build/build-plugin.ts");
    return buildPlugin({ folder: version });
  }
  const [{ pullPlugin }, { pullForeign }] = [
    await import("../../delivery/pull-plugin.ts"),
    await import("../../delivery/pull-foreign.ts"),
  ];
  return withRegistry(version, options, async (client, reference) => {
    const foreign = await pullForeign(client, reference);
    if (foreign !== undefined) return foreignVersion(foreign.module, foreign.repository, foreign.rootId);
    const { artifact } = await pullPlugin(client, reference);
    return builtOf(artifact.layer, artifact.manifest);
  });
}

/** A proxy-wasm module that has no manifest beside it. */
async function ofAnotherTool(path: string): Promise<ReplayVersion | undefined> {
  if (!existsSync(path) || existsSync(path.replace(/\.wasm$/, ".manifest.json"))) return undefined;
  return foreignVersion(await readFile(path), path);
}

/** @throws MANIFEST_INVALID for another module */
async function foreignVersion(module: Uint8Array, name: string, rootId?: string): Promise<ReplayVersion> {
  const { foreignManifest } = await import("../../delivery/foreign-plugin.ts");
  const { builtOf } = await import("../../workbench/replay/built-file.ts");
  const manifest = foreignManifest(module, { name, version: undefined, where: name });
  return { ...builtOf(module, manifest), proxyWasm: { pluginRootId: rootId } };
}

/** That of the first case is what the filter was written for. */
async function setupOf({ config, filter }: Options): Promise<ReplayOptions["setup"]> {
  const { folderCases } = await import("../../workbench/cases/folder-cases.ts");
  const [first] = statSync(filter).isDirectory() ? folderCases(filter) : [];
  const { config: usual = {}, keySets, sensitiveHeaders } = first?.setup ?? {};
  const given = config === undefined ? usual : await readConfig(config);
  return { config: given, ...(keySets && { keySets }), ...(sensitiveHeaders && { sensitiveHeaders }) };
}

function show({ line, method, path, differences }: ReplayDifference, screen: Screen): void {
  screen.print(`${screen.paint("bold", `${method} ${path}`)}  ${screen.paint("dim", `line ${line}`)}`);
  const width = Math.max(...differences.map(({ field }) => field.length));
  for (const { field, before, after } of differences) {
    const [old, now] = [words(before), words(after)];
    const change = `${screen.paint("red", old)} → ${screen.paint("green", now)}`;
    if (old.length + now.length <= ONE_LINE) screen.print(`  ${field.padEnd(width)}  ${change}`);
    else for (const text of stacked(field, old, now, screen)) screen.print(text);
  }
}

/** Characters of two values that stand beside each other. */
const ONE_LINE = 48;
/** Characters of a value that is shown. */
const SHOWN = 400;

function stacked(field: string, old: string, now: string, screen: Screen): string[] {
  return [`  ${field}`, `    ${screen.paint("red", `- ${old}`)}`, `    ${screen.paint("green", `+ ${now}`)}`];
}

/** On one line, whatever is in it. */
function words(value: unknown): string {
  if (value === undefined) return "none";
  if (value === null) return "removed";
  const text = typeof value === "string" && /[^ -~]|^$/.test(value) ? JSON.stringify(value) : String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length} characters)` : text;
}

function conclude(summary: ReplaySummary, screen: Screen): void {
  const { exchanges, different, decided, faults, incomplete, lost } = summary;
  const parts = [
    plural(exchanges, "exchange"),
    different === 0
      ? screen.paint("green", "none differs")
      : screen.paint("red", `${different} ${different === 1 ? "differs" : "differ"}`),
    ...(decided > 0 ? [`${decided} in verdict or status`] : []),
    ...(faults > 0 ? [screen.paint("red", plural(faults, "fault"))] : []),
  ];
  screen.print(`${different > 0 ? "\n" : ""}${parts.join(", ")}`);
  const notes = [
    incomplete > 0 && `${plural(incomplete, "exchange")} with a body or a call that the recording does not have`,
    lost === undefined && "the recording has no end: the proxy did not come to close it",
    lost !== undefined && lost > 0 && `${plural(lost, "exchange")} came faster than the proxy could record`,
  ];
  for (const note of notes) if (note) screen.print(screen.paint("yellow", note));
}
