import { Command, CommanderError } from "commander";
import { isHeddleError, messageOf } from "../errors.ts";
import { packageVersion } from "../package.ts";
import type { CommandModule } from "./command.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

/** In the order of `heddle --help`: the author's, the publisher's, the operator's. */
const COMMANDS: readonly (() => Promise<{ command: CommandModule }>)[] = [
  () => import("./commands/new.ts"),
  () => import("./commands/test.ts"),
  () => import("./commands/build.ts"),
  () => import("./commands/inspect.ts"),
  () => import("./commands/keys.ts"),
  () => import("./commands/push.ts"),
  () => import("./commands/sign.ts"),
  () => import("./commands/verify.ts"),
  () => import("./commands/registry.ts"),
  () => import("./commands/proxy.ts"),
  () => import("./commands/check.ts"),
  () => import("./commands/release.ts"),
  () => import("./commands/get.ts"),
];

/** Runs `heddle ARGUMENTS`; resolves to the exit code: 0 done, 1 failed, 2 called wrongly. */
export async function main(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const program = new Command("heddle")
    .description("A service mesh whose policies are WebAssembly filters written in AssemblyScript.")
    .version(packageVersion, "-V, --version")
    .showSuggestionAfterError()
    .exitOverride();
  for (const { command } of await Promise.all(COMMANDS.map((load) => load()))) command.register(program, terminal);
  overrideExits(program);
  try {
    await program.parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error, terminal);
  }
}

function overrideExits(program: Command): void {
  program.exitOverride();
  for (const child of program.commands) overrideExits(child);
}

function report(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  terminal.say(`${terminal.paint("red", "error")} ${messageOf(error)}`);
  if (!isHeddleError(error)) terminal.say(error instanceof Error ? (error.stack ?? "") : "");
  return isHeddleError(error) && error.code === "USAGE" ? 2 : 1;
}
