import type { CommandModule } from "../command.ts";
import { portOf } from "../port.ts";
import { repeated } from "../registry-options.ts";
import { once } from "../signals.ts";
import { processScreen } from "../terminal.ts";

interface Options {
  readonly port: string;
  readonly backend?: string;
  readonly config?: string;
  readonly call?: readonly string[];
}

export const command: CommandModule = {
  register(program, terminal) {
    program
      .command("dev")
      .argument("[folder]", "the filter's folder", ".")
      .option("-p, --port <port>", "where the proxy listens, on loopback", "8080")
      .option("--backend <url>", "where requests go (default: a backend that answers with what it was asked)")
      .option("--call <backend=url>", "where calls to namespace/name:port go; may be repeated", repeated)
      .option("--config <file>", "YAML or JSON with the filter's configuration (default: that of its first case)")
      .description("serve a filter on a local proxy, and swap it whenever its source changes")
      .addHelpText(
        "after",
        "\nEach request is a line: what was asked, the verdict, the status, time, fuel," +
          "\nthe reason, attributes. What does not compile or start is shown, and the last" +
          "\ngood version serves on. Ctrl-C ends it." +
          "\n\nExamples:\n  heddle dev my-filter --backend http://127.0.0.1:3000" +
          "\n  heddle dev my-filter --call default/users:80=http://127.0.0.1:3001",
      )
      .action(async (folder: string, { port, backend, config, call: calls }: Options) => {
        const { runDev } = await import("../run-dev.ts");
        const screen = processScreen(terminal);
        const running = await runDev({ folder, port: portOf(port, "--port"), backend, config, calls, screen });
        screen.print(`${screen.paint("bold", running.url)} ${screen.paint("dim", "watching, Ctrl-C ends")}`);
        await once(["SIGINT", "SIGTERM"]);
        await running.close();
      });
  },
};
