import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { freePort, startServer } from "../pinned.ts";
import { meshDocuments, type Policy } from "./heddle-mesh.ts";
import type { ProxyOptions, Server } from "./server.ts";

const root = join(import.meta.dirname, "..", "..");
const COMMAND = join(root, "runtime", "cli", "entry.ts");

export interface HeddleOptions extends ProxyOptions {
  readonly name: string;
  /** Built from plugins/ and mounted on the one route. */
  readonly policies: readonly Policy[];
}

/** `heddle proxy` as shipped: routing, metrics, and the access log on, which goes to /dev/null. */
export async function startHeddle({ name, policies, upstream, cpu }: HeddleOptions): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "heddle-bench-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const port = await freePort();
    for (const policy of policies) await buildPlugin({ folder: join(root, "plugins", policy), outDir: folder });
    const documents = meshDocuments({ port, upstream, policies }).map((document) => JSON.stringify(document));
    await writeFile(join(folder, "mesh.yaml"), documents.join("\n---\n"));
    const args = [COMMAND, "proxy", "--config", join(folder, "mesh.yaml"), "--admin", "0"];
    const cache = ["--cache", join(folder, "cache")];
    const server = await startServer({ command: process.execPath, args: [...args, ...cache], cpu, port });
    return { name, port, pid: server.pid, stop: () => server.stop().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}
