import type { CommandModule } from "../command.ts";
import { type RegistryOptions, registryOptions, withMesh } from "../registry-options.ts";
import { table } from "../terminal.ts";

interface Options extends RegistryOptions {
  readonly registry: string;
  readonly mesh: string;
  readonly json?: boolean;
}

export const command: CommandModule = {
  register(program, terminal) {
    const get = program.command("get").description("show what a mesh should run and what it runs");
    const print = (lines: readonly string[]) => {
      for (const line of lines) terminal.print(line);
    };
    const about = (name: string, description: string) =>
      registryOptions(
        get
          .command(name)
          .description(description)
          .requiredOption("--registry <url>", "registry with the mesh's control plane")
          .requiredOption("--mesh <name>", "name of the mesh")
          .option("--json", "print the result as JSON")
          .addHelpText("after", `\nExample:\n  heddle get ${name} --registry https://registry.example --mesh shop`),
      );
    about("proxies", "what each proxy runs, and what it refused").action(async (options: Options) => {
      const { describeProxies } = await import("../mesh-tables.ts");
      const proxies = await withMesh({ url: options.registry, mesh: options.mesh }, options, (api) => api.proxies());
      if (options.json) return terminal.json(proxies);
      print(describeProxies(proxies, terminal.columns));
    });
    about("plugins", "which version of each plugin the mesh should run").action(async (options: Options) => {
      const { describePlugins, readPlugins } = await import("../mesh-tables.ts");
      const address = { url: options.registry, mesh: options.mesh };
      const plugins = readPlugins(await withMesh(address, options, (api) => api.desired()));
      if (options.json) return terminal.json(plugins);
      print(table(describePlugins(plugins)));
    });
  },
};
