import type { CommandModule } from "../command.ts";

export const command: CommandModule = {
  register(program) {
    program
      .command("test")
      .argument("[folder]", "the filter's folder", ".")
      .option("-w, --watch", "run again whenever a file changes")
      .description("run a filter's tests against the real host")
      .addHelpText("after", "\nExample:\n  heddle test my-filter")
      .action(async (folder: string, options: { watch?: boolean }) => {
        const { runTests } = await import("../../workbench/run-tests.ts");
        process.exitCode = await runTests({ folder, watch: options.watch === true });
      });
  },
};
