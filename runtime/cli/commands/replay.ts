import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { BuildResult } from "../../build/build-store.ts";
import { HeddleError } from "../../errors.ts";
import type { ReplayDifference, ReplaySummary } from "../../workbench/replay/replay.ts";
import { plural, type Screen } from "../../workbench/screen.ts";
import type { CommandModule } from "../command.ts";
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
        "\nEach exchange is run at its time. Bodies are not recorded; secrets are REDACTED unless recorded raw." +
          "\nEnds with 0 when the versions do the same, 1 when they differ." +
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
        setup: { config: await configOf(options) },
        onDifference: (one) => (options.json ? terminal.json(one) : show(one, screen)),
      });
      if (options.json) terminal.json(summary);
      else conclude(summary, screen);
      process.exitCode = summary.different === 0 ? 0 : 1;
    });
  },
};

async function versionOf(version: string, options: RegistryOptions): Promise<BuildResult> {
  const { builtOf, readBuilt } = await import("../../workbench/replay/built-file.ts");
  if (existsSync(version) && !statSync(version).isDirectory()) return readBuilt(version);
  if (existsSync(version)) {
    const { buildPlugin } = await import("../../build/build-plugin.ts");
    return buildPlugin({ folder: version });
  }
  const { pullPlugin } = await import("../../delivery/pull-plugin.ts");
  const { artifact } = await withRegistry(version, options, pullPlugin);
  return builtOf(artifact.layer, artifact.manifest);
}

async function configOf({ config, filter }: Options): Promise<unknown> {
  if (config !== undefined) {
    const { parseDocuments } = await import("../../config/parse.ts");
    return parseDocuments(await readFile(config, "utf8"))[0]?.value ?? {};
  }
  if (!statSync(filter).isDirectory()) return {};
  const { folderCases } = await import("../../workbench/cases/folder-cases.ts");
  return folderCases(filter)[0]?.setup.config ?? {};
}

function show({ line, method, path, differences }: ReplayDifference, screen: Screen): void {
  screen.print(`${screen.paint("bold", `${method} ${path}`)}  ${screen.paint("dim", `line ${line}`)}`);
  const width = Math.max(...differences.map(({ field }) => field.length));
  for (const { field, before, after } of differences) {
    const change = `${screen.paint("red", words(before))} → ${screen.paint("green", words(after))}`;
    screen.print(`  ${field.padEnd(width)}  ${change}`);
  }
}

function words(value: unknown): string {
  return value === undefined || value === null ? "none" : String(value);
}

function conclude({ exchanges, different, decided, faults }: ReplaySummary, screen: Screen): void {
  const parts = [
    plural(exchanges, "exchange"),
    different === 0 ? screen.paint("green", "none differs") : screen.paint("red", `${different} differ`),
    ...(decided > 0 ? [`${decided} in verdict or status`] : []),
    ...(faults > 0 ? [screen.paint("red", plural(faults, "fault"))] : []),
  ];
  screen.print(`${different > 0 ? "\n" : ""}${parts.join(", ")}`);
}
