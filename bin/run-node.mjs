import { spawn } from "node:child_process";
import { delimiter, dirname } from "node:path";

/** Runs a script on this Node binary as if it were this process: same terminal, same signals, same exit code. */
export function runNode(binary, args) {
  const path = `${dirname(binary)}${delimiter}${process.env.PATH ?? ""}`;
  const child = spawn(binary, args, { stdio: "inherit", env: { ...process.env, PATH: path } });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // A terminal sends Ctrl-C to the child as well; whoever signals this process alone means the child.
  process.on("SIGINT", () => {
    if (process.stdin.isTTY !== true) child.kill("SIGINT");
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
  });
}
