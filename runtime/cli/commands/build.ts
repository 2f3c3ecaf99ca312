import { relative } from "node:path";
import { Option } from "commander";
import { TARGETS, type Target } from "../../build/target.ts";
import type { CommandModule } from "../command.ts";
import { table } from "../terminal.ts";

interface BuildCommandOptions {
  readonly out?: string;
  readonly target?: Target;
  readonly json?: boolean;
}

export const command: CommandModule = {
  register(program, terminal) {
    program
      .command("build")
      .argument("[folder]", "the filter's folder", ".")
      .option("-o, --out <folder>", "where the component, manifest and source map go (default: FOLDER/dist)")
      .addOption(
        new Option("-t, --target <target>", "component for Heddle, proxy-wasm for Envoy and its like").choices(TARGETS),
      )
      .option("--json", "print the result as JSON")
      .description("compile a filter into a component, or into a proxy-wasm module")
      .addHelpText("after", "\nExamples:\n  heddle build my-filter\n  heddle build my-filter --target proxy-wasm")
      .action(async (folder: string, options: BuildCommandOptions) => {
        const { buildPlugin } = await import("../../build/build-plugin.ts");
        const built = await buildPlugin({
          folder,
          outDir: options.out ?? `${folder}/dist`,
          target: options.target,
        });
        const { target, manifest, digest, component, paths } = built;
        const result = {
          name: manifest.name,
          version: manifest.version,
          target,
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
            COMPONENT[target],
            `${relative(process.cwd(), result.component ?? "")} (${result.size.toLocaleString("en")} bytes)`,
          ],
          ["hooks", result.hooks.join(", ")],
          ["capabilities", result.capabilities.join(", ") || "none"],
          ...(target === "component" ? [] : [["runs in", "hosts of proxy-wasm ABI 0.2.1"]]),
          [`${COMPONENT[target]} digest`, result.digest],
        ];
        for (const line of table(rows)) terminal.print(line);
      });
  },
};

const COMPONENT = { component: "component", "proxy-wasm": "module" } as const;
