import { Option } from "commander";
import { TARGETS, type Target } from "../../build/target.ts";
import type { CommandModule } from "../command.ts";
import { processScreen } from "../terminal.ts";

interface Options {
  readonly watch?: boolean;
  readonly filter?: string;
  readonly update?: boolean;
  readonly coverage?: boolean;
  readonly target?: Target;
}

export const command: CommandModule = {
  register(program, terminal) {
    program
      .command("test")
      .argument("[folder]", "the filter's folder", ".")
      .option("-w, --watch", "run again whenever a file changes: only what the change is about")
      .option("-f, --filter <name>", "only tests and cases whose name contains this")
      .option("-u, --update", "keep what the filter does now as its snapshots")
      .option("--coverage", "show which lines of the filter ran; writes coverage/lcov.info")
      .addOption(
        new Option("-t, --target <target>", "what it is compiled for: its component, or a proxy-wasm module").choices(
          TARGETS,
        ),
      )
      .description("run a filter's tests against the real host: *.test.ts and *.cases.yaml")
      .addHelpText(
        "after",
        "\nThe filter is compiled as `heddle build` does it; --watch and --coverage compile" +
          "\nit without optimising. Ends with 0 when all passed, 1 when a test failed, none has" +
          "\nthe name of --filter, or the filter does not build, 2 when there are no tests." +
          "\n\nExamples:\n  heddle test my-filter\n  heddle test my-filter --watch --filter 'without a key'",
      )
      .action(async (folder: string, { watch, filter, update = false, coverage = false, target }: Options) => {
        const screen = processScreen(terminal);
        if (watch) return follow(await startWatch());
        const { runTests } = await import("../../workbench/runner/run-tests.ts");
        process.exitCode = await runTests({ folder, screen, name: filter, update, coverage, target });

        async function startWatch() {
          const { watchTests } = await import("../../workbench/runner/watch-tests.ts");
          return watchTests({ folder, screen, name: filter, update, target });
        }
      });
  },
};

/** Until Ctrl-C. */
async function follow(watch: { again(): void; close(): void }): Promise<void> {
  const { once } = await import("../signals.ts");
  process.stdin.on("data", () => watch.again());
  // A file, /dev/null too, is no socket: it ends by itself.
  if ("unref" in process.stdin) process.stdin.unref();
  await once(["SIGINT", "SIGTERM"]);
  process.stdin.pause();
  watch.close();
}
