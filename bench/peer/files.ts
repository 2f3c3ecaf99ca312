import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, type PinnedOptions, startServer } from "../pinned.ts";
import type { Server } from "./server.ts";

/** A server that reads files: how it is started once they are written. */
export interface FileServer extends Omit<PinnedOptions, "args"> {
  readonly name: string;
  /** Contents by name. */
  files(port: number, folder: string): Readonly<Record<string, string | Uint8Array>>;
  args(port: number, folder: string): readonly string[];
}

/** Starts a server on files in a temporary folder of its own, which goes when the server stops. */
export async function startOnFiles({ name, files, args, ...options }: FileServer): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "heddle-bench-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const port = await freePort();
    for (const [file, text] of Object.entries(files(port, folder))) await writeFile(join(folder, file), text);
    const server = await startServer({ ...options, args: args(port, folder), port });
    return { ...server, name, port, stop: () => server.stop().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}
