import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { HeddleError } from "../../errors.ts";
import type { Scope } from "../../registry/tokens.ts";
import type { CommandModule } from "../command.ts";
import { portOf } from "../port.ts";
import { repeated } from "../registry-options.ts";
import { once } from "../signals.ts";
import type { Terminal } from "../terminal.ts";

interface Options {
  readonly dir: string;
  readonly host: string;
  readonly port: string;
  readonly json?: boolean;
}

export const command: CommandModule = {
  register(program, terminal) {
    const registry = program
      .command("registry")
      .description("run a registry: keeps signed plugins, says which version each mesh runs")
      .option("--dir <folder>", "where it keeps everything", ".heddle/registry")
      .option("--host <address>", "address to listen on", "127.0.0.1")
      .option("--port <port>", "port to listen on; 0 lets the system choose", "5000")
      .option("--json", "print its address and the operator's token as one line of JSON")
      .addHelpText(
        "after",
        "\nWho pulls needs no token; who pushes, releases or reports does. The first start writes one to DIR/operator.token." +
          "\n\nExample:\n  heddle registry --dir /var/lib/heddle --port 5000",
      )
      .action((options: Options) => serve(options, terminal));
    registerToken(registry, terminal);
  },
};

function registerToken(registry: Command, terminal: Terminal): void {
  registry
    .command("token")
    .argument("<name>", "what the token is for")
    .description("make a token for a registry that is started, or restarted, after this")
    .requiredOption("--scope <scope>", "push, pull, release or status; may be repeated", repeated)
    .option("--dir <folder>", "the registry's folder", ".heddle/registry")
    .addHelpText("after", "\nExample:\n  heddle registry token ci --scope push --dir /var/lib/heddle")
    .action(async (name: string, _: unknown, self: Command) => {
      const { dir, scope } = self.optsWithGlobals<{ dir: string; scope: readonly string[] }>();
      const { addToken } = await import("../token-file.ts");
      terminal.print(addToken(dir, { name, scopes: await scopesOf(scope) }));
    });
}

async function serve(options: Options, terminal: Terminal): Promise<void> {
  const { createRegistry } = await import("../../registry/registry.ts");
  const { openTokens } = await import("../token-file.ts");
  const { tokens, operatorFile } = openTokens(options.dir);
  const registry = await createRegistry({ dir: options.dir, tokens });
  const { url } = await registry.listen({ host: options.host, port: portOf(options.port, "--port") });
  if (options.json) terminal.json({ url, token: readFileSync(operatorFile, "utf8").trim() });
  else terminal.say(`registry listens on ${url}; the operator's token is in ${operatorFile}`);
  await once(["SIGINT", "SIGTERM"]);
  await registry.close();
}

async function scopesOf(names: readonly string[]): Promise<Scope[]> {
  const { SCOPES } = await import("../../registry/tokens.ts");
  return names.map((name) => {
    const scope = SCOPES.find((known) => known === name);
    if (scope !== undefined) return scope;
    throw new HeddleError("USAGE", `expected --scope to be ${SCOPES.join(" | ")}, got ${name}`);
  });
}
