import type { CommandModule } from "../command.ts";

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
        terminal.print(`${name} is ready. Next: cd ${folder} && heddle test`);
      });
  },
};
