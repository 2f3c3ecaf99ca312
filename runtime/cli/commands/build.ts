import { relative } from "node:path";
import type { CommandModule } from "../command.ts";
import { table } from "../terminal.ts";

export const command: CommandModule = {
  register(program, terminal) {
    program
      .command("build")
      .argument("[folder]", "the filter's folder", ".")
      .option("-o, --out <folder>", "where the component, manifest and source map go (default: FOLDER/dist)")
      .option("--json", "print the result as JSON")
      .description("compile a filter into a component")
      .addHelpText("after", "\nExample:\n  heddle build my-filter")
      .action(async (folder: string, options: { out?: string; json?: boolean }) => {
        const { buildPlugin } = await import("../../build/build-plugin.ts");
        const built = await buildPlugin({ folder, outDir: options.out ?? `${folder}/dist` });
        const { manifest, digest, component, paths } = built;
        const result = {
          name: manifest.name,
          version: manifest.version,
          size: component.length,
          hooks: manifest.hooks,
          capabilities: manifest.capabilities,
          digest,
          component: paths?.component,
        };
        if (options.json) return terminal.json(result);
        const rows: string[][] = [
          ["plugin", `${result.name} ${result.version}`],
          [
            "component",
            `${relative(process.cwd(), result.component ?? "")} (${result.size.toLocaleString("en")} bytes)`,
          ],
          ["hooks", result.hooks.join(", ")],
          ["capabilities", result.capabilities.join(", ") || "none"],
          ["digest", result.digest],
        ];
        for (const line of table(rows)) terminal.print(line);
      });
  },
};
