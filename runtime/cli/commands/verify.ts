import type { CommandModule } from "../command.ts";
import { foreignRows } from "../foreign-rows.ts";
import { type RegistryOptions, registryOptions, repeated, withRegistry } from "../registry-options.ts";
import { table } from "../terminal.ts";

interface Options extends RegistryOptions {
  readonly key: readonly string[];
  readonly json?: boolean;
}

export const command: CommandModule = {
  register(program, terminal) {
    const verify = program
      .command("verify")
      .argument("<reference>", "HOST/REPOSITORY:VERSION or HOST/REPOSITORY@DIGEST")
      .requiredOption("-k, --key <file>", "public key that must have signed; may be repeated", repeated)
      .option("--json", "print the result as JSON")
      .description("check a plugin as a proxy would: digests, signature, and what was signed")
      .addHelpText("after", "\nExample:\n  heddle verify registry.example/acme/my-filter:1.0.0 --key acme.pub");
    registryOptions(verify).action(async (text: string, options: Options) => {
      const { verifyPlugin } = await import("../../delivery/verify-plugin.ts");
      const { readTrustedKey } = await import("../key-files.ts");
      const trusted = await Promise.all(options.key.map(readTrustedKey));
      const verified = await withRegistry(text, options, (client, reference) =>
        verifyPlugin({ client, reference, trusted }),
      );
      if (options.json) return terminal.json(verified);
      const rows = [
        ["plugin", `${verified.name} ${verified.version}`],
        ["digest", verified.digest],
        ...foreignRows(verified.foreign),
        ["signed by", verified.signer],
        ["cosign form", verified.cosign === undefined ? "none by these keys" : `signed by ${verified.cosign}`],
        ["capabilities", verified.capabilities.join(", ") || "none"],
      ];
      for (const line of table(rows)) terminal.print(line);
    });
  },
};
