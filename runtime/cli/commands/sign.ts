import type { CommandModule } from "../command.ts";
import { isPluginFile } from "../plugin-file.ts";
import { type RegistryOptions, registryOptions, withRegistry } from "../registry-options.ts";

interface Options extends RegistryOptions {
  readonly key: string;
  readonly json?: boolean;
}

export const command: CommandModule = {
  register(program, terminal) {
    const sign = program
      .command("sign")
      .argument("<reference|file>", "a plugin in a registry, or a component that `heddle build` wrote")
      .requiredOption("-k, --key <file>", "private key")
      .option("--json", "print the result as JSON")
      .description("sign a plugin: name, version, capabilities and content")
      .addHelpText("after", "\nExample:\n  heddle sign registry.example/acme/my-filter:1.0.0 --key acme.key");
    registryOptions(sign).action(async (text: string, options: Options) => {
      const { readSigningKey } = await import("../key-files.ts");
      const key = await readSigningKey(options.key);
      const signed = isPluginFile(text) ? await signFile(text, key) : await signReference(text, options, key);
      if (options.json) return terminal.json({ ...signed, key: key.public.hint });
      terminal.print(`signed ${signed.digest} with key ${key.public.hint}`);
    });
  },
};

type Key = Awaited<ReturnType<typeof import("../key-files.ts").readSigningKey>>;

async function signReference(text: string, options: Options, key: Key): Promise<{ digest: string }> {
  const { signPlugin } = await import("../../delivery/publish.ts");
  return withRegistry(text, options, async (client, reference) => ({
    digest: await signPlugin({ client, reference, key }),
  }));
}

async function signFile(path: string, key: Key): Promise<{ digest: string; bundle: string }> {
  const { signPluginFile } = await import("../../delivery/plugin-file.ts");
  return signPluginFile(path, key);
}
