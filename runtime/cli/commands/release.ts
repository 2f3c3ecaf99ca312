import { HeddleError } from "../../errors.ts";
import type { CommandModule } from "../command.ts";
import { type RegistryOptions, registryOptions, repeated, withMesh, withRegistry } from "../registry-options.ts";

interface Options extends RegistryOptions {
  readonly key: string;
  readonly registry?: string;
  readonly name?: string;
  readonly publisher?: readonly string[];
  readonly releaser?: readonly string[];
  readonly json?: boolean;
}

export const command: CommandModule = {
  register(program, terminal) {
    const release = program
      .command("release")
      .argument("<mesh>", "name of the mesh")
      .argument("<references...>", "the plugins that its proxies should run; those of one release change together")
      .requiredOption("-k, --key <file>", "private key of a releaser")
      .option("--registry <url>", "registry with the mesh's control plane (default: that of the first reference)")
      .option("--name <name>", "refuse unless each plugin is called this")
      .option("--publisher <file>", "public key that must have signed each plugin; may be repeated", repeated)
      .option("--releaser <file>", "public key of another releaser, whose state this one may follow", repeated)
      .option("--json", "print the result as JSON")
      .description("sign and publish which versions of plugins a mesh runs")
      .addHelpText(
        "after",
        "\nExample:\n  heddle release shop registry.example/shop/jwt-auth:1.1.0 --key releaser.key",
      );
    registryOptions(release).action(async (mesh: string, references: string[], options: Options) => {
      const { releasePlugins } = await import("../../delivery/release.ts");
      const { readSigningKey, readTrustedKey } = await import("../key-files.ts");
      const key = await readSigningKey(options.key);
      const trusted = await Promise.all((options.releaser ?? []).map(readTrustedKey));
      const found = await Promise.all(references.map((text) => entryOf(text, options)));
      const entries = found.map(({ entry }) => entry);
      const address = { url: options.registry ?? found[0]?.url ?? "", mesh };
      const state = await withMesh(address, options, (api) => releasePlugins({ api, key, entries, trusted }));
      if (options.json) return terminal.json(state);
      for (const { name, version } of entries) {
        terminal.print(`mesh ${mesh} runs ${name} ${version} from state ${state.seq} on`);
      }
    });
  },
};

/** What the state has to say about the plugin. */
async function entryOf(text: string, options: Options) {
  const { desiredEntry } = await import("../../delivery/desired-entry.ts");
  const { verifyPlugin } = await import("../../delivery/verify-plugin.ts");
  const { readTrustedKey } = await import("../key-files.ts");
  return withRegistry(text, options, async (client, reference) => {
    const entry = await desiredEntry(client, reference);
    if (options.name !== undefined && options.name !== entry.name) {
      throw new HeddleError("USAGE", `expected the plugin ${options.name}, ${text} is ${entry.name}`);
    }
    if (options.publisher !== undefined) {
      const trusted = await Promise.all(options.publisher.map(readTrustedKey));
      await verifyPlugin({ client, reference: { ...reference, digest: entry.manifest }, trusted });
    }
    return { entry, url: client.url };
  });
}
