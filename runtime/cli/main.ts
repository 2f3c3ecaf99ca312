import { Command, CommanderError } from "commander";
import { isHeddleError, messageOf } from "../errors.ts";
import { packageVersion } from "../package.ts";
import type { CommandModule } from "./command.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

/** In the order of `heddle --help`: the author's, the publisher's, the operator's. */
const COMMANDS: Readonly<Record<string, () => Promise<{ command: CommandModule }>>> = {
  new: () => import("./commands/new.ts"),
  test: () => import("./commands/test.ts"),
  dev: () => import("./commands/dev.ts"),
  bench: () => import("./commands/bench.ts"),
  replay: () => import("./commands/replay.ts"),
  build: () => import("./commands/build.ts"),
  inspect: () => import("./commands/inspect.ts"),
  keys: () => import("./commands/keys.ts"),
  push: () => import("./commands/push.ts"),
  sign: () => import("./commands/sign.ts"),
  verify: () => import("./commands/verify.ts"),
  registry: () => import("./commands/registry.ts"),
  proxy: () => import("./commands/proxy.ts"),
  check: () => import("./commands/check.ts"),
  release: () => import("./commands/release.ts"),
  get: () => import("./commands/get.ts"),
};

/** Runs `heddle ARGUMENTS`; resolves to the exit code: 0 done, 1 failed, 2 called wrongly. */
export async function main(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const program = new Command("heddle")
    .description("A service mesh whose policies are WebAssembly filters written in AssemblyScript.")
    .version(packageVersion, "-V, --version")
    .showSuggestionAfterError()
    .exitOverride();
  for (const { command } of await loadCommands(args[0])) command.register(program, terminal);
  overrideExits(program);
  try {
    await program.parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error, terminal);
  }
}

/** The named command alone where there is one: a proxy keeps what it loads for as long as it runs. */
function loadCommands(name: string | undefined): Promise<{ command: CommandModule }[]> {
  const named = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const loads = named === undefined ? Object.values(COMMANDS) : [named];
  return Promise.all(loads.map((load) => load()));
}

function overrideExits(program: Command): void {
  program.exitOverride();
  for (const child of program.commands) overrideExits(child);
}

/** A message of several lines has its place in each of them. */
function errorLines(error: unknown): string[] {
  if (!isHeddleError(error) || !error.message.includes("\n")) return [`error ${messageOf(error)}`];
  const { code, message, remedy } = error;
  return [`error ${code}`, "", ...message.split("\n").map((line) => `  ${line}`), "", remedy];
}

function report(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  for (const line of errorLines(error)) terminal.say(line.replace(/^error/, terminal.paint("red", "error")));
  if (!isHeddleError(error)) terminal.say(error instanceof Error ? (error.stack ?? "") : "");
  return isHeddleError(error) && error.code === "USAGE" ? 2 : 1;
}
