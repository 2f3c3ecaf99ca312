import type { CommandModule } from "../command.ts";
import { table } from "../terminal.ts";

export const command: CommandModule = {
  register(program, terminal) {
    program
      .command("new")
      .argument("<folder>", "where to write it; its last part is the filter's name")
      .description("start a filter: source, test, configuration schema")
      .addHelpText("after", "\nExample:\n  heddle new my-filter && cd my-filter && heddle test")
      .action(async (folder: string) => {
        const { scaffoldFilter } = await import("../../workbench/scaffold.ts");
        const { files, name } = await scaffoldFilter({ folder });
        for (const file of files) terminal.say(`  ${terminal.paint("green", "+")} ${file}`);
        terminal.print(`${name} is ready. Next:`);
        for (const line of table(nextSteps(folder))) terminal.print(`  ${line}`);
      });
  },
};

function nextSteps(folder: string): string[][] {
  return [
    [`cd ${folder}`, ""],
    ["heddle test --watch", "its cases and tests, again after each change"],
    ["heddle dev", "a proxy on this machine that runs it, and swaps it as you write"],
  ];
}
