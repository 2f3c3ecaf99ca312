import { HeddleError } from "../../errors.ts";
import type { CommandModule } from "../command.ts";

export const command: CommandModule = {
  register(program, terminal) {
    program
      .command("check")
      .argument("<folder>", "the folder of YAML and JSON documents, or one such file")
      .option("--json", "print the result as JSON")
      .option("--strict", "fail on warnings as well")
      .description("validate a configuration without running it")
      .addHelpText("after", "\nExample:\n  heddle check mesh/")
      .action(async (folder: string, options: { json?: boolean; strict?: boolean }) => {
        const { loadFolder } = await import("../../config/load.ts");
        const { snapshot, rejected, documents } = await loadFolder({ folder });
        const { checkGrants } = await import("../../delivery/check-grants.ts");
        const grants = await Promise.all(
          [...snapshot.plugins.values()].map((plugin) => checkGrants(plugin, snapshot.trust)),
        );
        const warnings = [...snapshot.warnings, ...grants.flat()];
        if (options.json) terminal.json({ documents: documents.length, rejected, warnings });
        else
          report(
            rejected.flatMap(({ problems }) => problems),
            warnings,
          );
        const bad = rejected.length + (options.strict ? warnings.length : 0);
        if (bad > 0) throw refusal(folder, rejected.length, options.strict ? warnings.length : 0);
        if (!options.json) terminal.print(`${plural(documents.length, "document")} in order`);
      });

    function report(problems: readonly string[], warnings: readonly string[]): void {
      for (const problem of problems) terminal.print(problem);
      for (const warning of warnings) terminal.print(`${terminal.paint("yellow", "warning")} ${warning}`);
    }
  },
};

function refusal(folder: string, rejected: number, warnings: number): HeddleError {
  const counts = [
    rejected > 0 && `${plural(rejected, "document")} refused`,
    warnings > 0 && plural(warnings, "warning"),
  ];
  return new HeddleError("CONFIG_INVALID", counts.filter(Boolean).join(", "), {
    where: folder,
    remedy: "Correct the fields listed above.",
  });
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
