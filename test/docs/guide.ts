import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** A command block of a guide, and the output that the guide promises for it, if any. */
export interface Step {
  readonly line: number;
  readonly script: string;
  readonly promised: string | undefined;
}

/** The ```sh blocks of a Markdown file, each with the ```text block that follows it before the next one. */
export function guideSteps(path: string): Step[] {
  const text = readFileSync(path, "utf8");
  const steps: { line: number; script: string; promised: string | undefined }[] = [];
  for (const block of text.matchAll(/^```(sh|text)\n([\s\S]*?)^```$/gm)) {
    const [, kind, body = ""] = block;
    if (kind === "sh")
      steps.push({ line: text.slice(0, block.index).split("\n").length, script: body, promised: undefined });
    const last = steps.at(-1);
    if (kind === "text" && last !== undefined) last.promised = body;
  }
  return steps;
}

/** Whether the promised lines occur in the output in this order; `…` stands for anything, alone for any lines. */
export function keepsPromise(output: string, promised: string): boolean {
  const lines = promised.split("\n").filter((line) => line.trim() !== "" && line !== "…");
  const pattern = lines.map((line) => line.trimEnd().split("…").map(escapeRegExp).join(".*")).join("[^]*?\\n?[^]*?");
  return new RegExp(pattern).test(output);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** A shell that stays open: each script runs to its end and gives its output and exit code. */
export function openShell(options: { cwd: string; env: NodeJS.ProcessEnv }) {
  const shell = spawn("bash", ["--noprofile", "--norc"], { ...options, stdio: ["pipe", "pipe", "pipe"] });
  let seen = "";
  let wake = () => {};
  const hear = (chunk: Buffer) => {
    seen += chunk.toString();
    wake();
  };
  shell.stdout.on("data", hear);
  shell.stderr.on("data", hear);
  shell.once("exit", () => wake());
  let count = 0;

  async function run(script: string): Promise<{ output: string; code: number }> {
    count += 1;
    seen = "";
    const end = new RegExp(`<<end-${count}:(\\d+)>>\\n`);
    shell.stdin.write(`{ ${script}\n} 2>&1; echo "<<end-${count}:$?>>"\n`);
    for (;;) {
      const match = end.exec(seen);
      if (match !== null) return { output: seen.slice(0, match.index), code: Number(match[1]) };
      if (shell.exitCode !== null) throw new Error(`the shell ended: ${seen}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return { run, close: () => shell.stdin.end("kill $(jobs -p) 2>/dev/null; wait; exit\n") };
}
