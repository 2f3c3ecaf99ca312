import type { Command } from "commander";
import type { Terminal } from "./terminal.ts";

/**
 * One file in `commands/` is one command: it exports `command`, and `main.ts` lists it.
 *
 * `register` declares name, arguments, options and help (with an example) on the program and nothing more; what is
 * heavy to load (the compiler, the server) is imported inside the action, so that `heddle --help` stays quick.
 * An action throws `HeddleError`; `main.ts` prints it and sets the exit code: 1 for a failure, 2 for a wrong call.
 */
export interface CommandModule {
  register(program: Command, terminal: Terminal): void;
}
