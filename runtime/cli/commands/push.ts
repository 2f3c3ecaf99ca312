import type { CommandModule } from "../command.ts";
import { type RegistryOptions, registryOptions, withRegistry } from "../registry-options.ts";
import { table } from "../terminal.ts";

interface Options extends RegistryOptions {
  readonly folder: string;
  readonly key?: string;
  readonly json?: boolean;
}

export const command: CommandModule = {
  register(program, terminal) {
    const push = program
      .command("push")
      .argument("<reference>", "HOST/REPOSITORY[:VERSION]; without a version, that of plugin.json")
      .option("-f, --folder <folder>", "the filter's folder", ".")
      .option("-k, --key <file>", "private key that signs it; without it the plugin is pushed unsigned")
      .option("--json", "print the result as JSON")
      .description("build a filter, push it to a registry and sign it")
      .addHelpText("after", "\nExample:\n  heddle push registry.example/acme/my-filter:1.0.0 --key acme.key");
    registryOptions(push).action(async (text: string, options: Options) => {
      const { buildPlugin } = await import("../../build/build-plugin.ts");
      const { pushPlugin } = await import("../../delivery/publish.ts");
      const { formatReference } = await import("../../artifact/reference.ts");
      const { readSigningKey } = await import("../key-files.ts");
      const key = options.key === undefined ? undefined : await readSigningKey(options.key);
      const built = await buildPlugin({ folder: options.folder });
      const pushed = await withRegistry(text, options, (client, reference) =>
        pushPlugin({ client, reference, built, key }),
      );
      const { name, version } = built.manifest;
      const reference = formatReference(pushed.reference);
      if (key === undefined) {
        terminal.say(`${terminal.paint("yellow", "warning")} pushed unsigned; proxies refuse it until \`heddle sign\``);
      }
      if (options.json) {
        return terminal.json({ name, version, reference, digest: pushed.digest, signed: key !== undefined });
      }
      const rows = [
        ["plugin", `${name} ${version}`],
        ["reference", reference],
        ["digest", pushed.digest],
        ["signed by", key?.public.hint ?? "nobody"],
      ];
      for (const line of table(rows)) terminal.print(line);
    });
  },
};
