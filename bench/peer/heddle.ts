import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { freePort, startServer } from "../pinned.ts";
import { meshDocuments, type Policy } from "./heddle-mesh.ts";
import type { ProxyOptions, Server } from "./server.ts";

const root = join(import.meta.dirname, "..", "..");
const REMOTE = join(root, "bench", "inside", "remote.ts");
const COMMAND = join(root, "runtime", "cli", "entry.ts");

export interface HeddleOptions extends ProxyOptions {
  readonly name: string;
  /** Built from plugins/ and mounted on the one route. */
  readonly policies: readonly Policy[];
  /** So that the bench can `ask` it. */
  readonly remote?: boolean;
}

/** `heddle proxy` as shipped: routing, metrics, and the access log on, which goes to /dev/null. */
export async function startHeddle({ name, policies, upstream, cpu, remote }: HeddleOptions): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "heddle-bench-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const port = await freePort();
    for (const policy of policies) await buildPlugin({ folder: join(root, "plugins", policy), outDir: folder });
    const documents = meshDocuments({ port, upstream, policies }).map((document) => JSON.stringify(document));
    await writeFile(join(folder, "mesh.yaml"), documents.join("\n---\n"));
    const preload = remote ? ["--expose-gc", "--import", REMOTE] : [];
    const proxy = ["proxy", "--config", join(folder, "mesh.yaml"), "--admin", "0", "--cache", join(folder, "cache")];
    const args = [...preload, COMMAND, ...proxy];
    const server = await startServer({ command: process.execPath, args, cpu, port, remote });
    return { ...server, name, port, stop: () => server.stop().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}
