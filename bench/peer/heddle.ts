import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { freePort, startServer } from "../pinned.ts";
import { meshDocuments, type Plugin, SETTINGS } from "./heddle-mesh.ts";
import type { ProxyOptions, Server } from "./server.ts";

const root = join(import.meta.dirname, "..", "..");
const REMOTE = join(root, "bench", "inside", "remote.ts");

export interface HeddleOptions extends ProxyOptions {
  /** Built and mounted on the one route. */
  readonly plugins: readonly Plugin[];
  /** So that the bench can `ask` it. */
  readonly remote?: boolean;
}

/** `heddle proxy` as shipped: routing, metrics, and the access log on, which goes to /dev/null. */
export async function startHeddle({
  name,
  cpu,
  remote,
  workers,
  tree = root,
  ...mesh
}: HeddleOptions): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "heddle-bench-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const [port, admin] = [await freePort(), await freePort()];
    await writeMesh(folder, port, mesh);
    const preload = remote ? ["--expose-gc", "--import", REMOTE] : [];
    const command = [join(tree, "runtime", "cli", "entry.ts"), "proxy", "--config", join(folder, "mesh.yaml")];
    const threads = workers === undefined ? [] : ["--workers", String(workers)];
    const args = [...preload, ...command, "--admin", String(admin), "--cache", join(folder, "cache"), ...threads];
    const server = await startServer({ command: process.execPath, args, cpu, port, remote });
    return { ...server, name, port, lostLines: () => lostLines(admin), stop: () => server.stop().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Milliseconds after which every worker has said how many it lost. */
const LATEST = 300;

async function lostLines(admin: number): Promise<number> {
  await setTimeout(LATEST);
  const metrics = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
  const found = /^heddle_access_log_dropped\S* (\d+)$/m.exec(metrics);
  if (found === null) throw new Error("expected heddle_access_log_dropped in heddle's metrics, got none");
  return Number(found[1]);
}

type Mesh = Pick<HeddleOptions, "plugins" | "upstream" | "certificate" | "upstreamCertificate">;

async function writeMesh(folder: string, port: number, mesh: Mesh): Promise<void> {
  const { plugins, upstream, certificate, upstreamCertificate } = mesh;
  for (const plugin of plugins) await buildPlugin({ folder: join(root, SETTINGS[plugin].folder), outDir: folder });
  const pem = certificate && { chain: await readFile(certificate.certificate), key: await readFile(certificate.key) };
  const authority = upstreamCertificate && (await readFile(upstreamCertificate.certificate, "utf8"));
  const documents = meshDocuments({ port, upstream, plugins, pem, authority }).map((document) =>
    JSON.stringify(document),
  );
  await writeFile(join(folder, "mesh.yaml"), documents.join("\n---\n"));
}
