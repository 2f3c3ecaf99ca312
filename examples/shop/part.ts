import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** A part of the shop that runs as a process of its own. */
export interface Part {
  readonly name: string;
  readonly pid: number;
  /** The first line of its standard output, parsed. */
  readonly hello: Record<string, unknown>;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface PartOptions {
  readonly name: string;
  /** Arguments of the Node binary: script first. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Gets its standard error, and its standard output after the first line. */
  readonly logFile: string;
  readonly timeoutMs?: number;
}

/** Starts a part and waits for the JSON line with which it says that it is ready. Rejects with what it said last otherwise. */
export async function startPart({ name, args, env = {}, logFile, timeoutMs = 30_000 }: PartOptions): Promise<Part> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: Ctrl-C reaches only the parent, which then stops the parts in order.
    detached: true,
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const log = createWriteStream(logFile, { flags: "a" });
  child.stderr.pipe(log, { end: false });
  const hello: Record<string, unknown> = await firstLine(child, log, timeoutMs)
    .then(parseHello)
    .catch((error: Error) => {
      child.kill("SIGKILL");
      throw new Error(`${name} (its log is ${logFile}) ${error.message}`, { cause: error });
    });
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await gone;
  };
  return {
    name,
    pid: child.pid ?? 0,
    hello,
    kill: () => end("SIGKILL"),
    stop: async (graceMs = 10_000) => {
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await end("SIGTERM");
      clearTimeout(timer);
    },
  };
}

function parseHello(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(`was to say in a line of JSON that it is ready, but said ${JSON.stringify(line.slice(0, 80))}`);
  }
}

/** Characters of standard error that are shown of a part that did not start. */
const SHOWN = 2_000;

/** Rejects with what the part said on standard error last, once all of that has come. */
function firstLine(
  child: ChildProcessByStdio<null, Readable, Readable>,
  log: NodeJS.WritableStream,
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (piece: Buffer) => {
      said = (said + piece.toString()).slice(-SHOWN);
    };
    const decide = (settle: () => void) => {
      clearTimeout(timer);
      child.stderr.off("data", hear);
      settle();
    };
    const fail = (why: string) => decide(() => reject(new Error(`${why}\n${said}`.trimEnd())));
    const timer = setTimeout(() => fail(`was not ready after ${timeoutMs} ms`), timeoutMs);
    child.stderr.on("data", hear);
    child.once("close", (code) => fail(`ended with code ${code} before it was ready`));
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => log.write(`${line}\n`));
    lines.once("line", (line) => decide(() => resolve(line)));
  });
}
