import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../../free-port.ts";
import { cluster, type ListenerOptions, listener, loopback } from "./listener.ts";

export interface WasmLine {
  /** Plugin, root id and VM id. */
  readonly from: string;
  readonly level: string;
  readonly message: string;
}

/** A running Envoy whose listeners and clusters come from files that are replaced. */
export interface EnvoyProcess {
  readonly folder: string;
  readonly pid: number;
  /** What its filters have logged so far. */
  lines(): Promise<readonly WasmLine[]>;
  addCluster(...given: Parameters<typeof cluster>): Promise<void>;
  /** False when Envoy refuses it. */
  addListener(options: ListenerOptions): Promise<boolean>;
  removeListener(name: string): void;
  /** The text that its admin server answers. */
  ask(path: string): Promise<string>;
  stop(): Promise<void>;
}

const WASM_LINE = /\[(\w+)\]\[wasm\].* wasm log([^:]*): (.*)$/;

/** @param threads that serve requests, each with instances of the filters */
export async function startEnvoy(command: string, threads = 1): Promise<EnvoyProcess> {
  const folder = await mkdtemp(join(tmpdir(), "heddle-envoy-"));
  const admin = await freePort();
  const clusters: object[] = [];
  const listeners = new Map<string, object>();
  const lines: WasmLine[] = [];
  const write = async (file: string, resources: readonly object[]): Promise<void> => {
    await writeFile(join(folder, `${file}.draft`), JSON.stringify({ resources }));
    await rename(join(folder, `${file}.draft`), join(folder, file));
  };
  await write("cds.json", clusters);
  await write("lds.json", []);
  await writeFile(join(folder, "envoy.json"), JSON.stringify(bootstrap(folder, admin)));
  const flags = [
    "--concurrency",
    `${threads}`,
    "--disable-hot-restart",
    "--use-dynamic-base-id",
    "--log-level",
    "error",
  ];
  const args = ["-c", join(folder, "envoy.json"), ...flags, "--component-log-level", "wasm:trace"];
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  createInterface({ input: child.stderr as NonNullable<ChildProcess["stderr"]> }).on("line", (line) => {
    const [, level, from, message] = WASM_LINE.exec(line) ?? [];
    if (level !== undefined && from !== undefined && message !== undefined) lines.push({ from, level, message });
  });
  const ask = (path: string) => askAdmin(admin, path);
  const settled = async (xds: string, change: () => Promise<void>): Promise<boolean> => {
    const before = await counts(ask, xds);
    await change();
    for (;;) {
      const now = await counts(ask, xds);
      if (now.rejected > before.rejected) return false;
      if (now.accepted > before.accepted) return true;
      await pause(3);
    }
  };
  await until(() => ask("/ready").then((text) => text.startsWith("LIVE")));
  return {
    folder,
    pid: child.pid ?? 0,
    ask,
    async lines() {
      // Envoy writes before it answers; the pipe is read by then, or in the next turn.
      await ask("/ready");
      await pause(2);
      return lines;
    },
    async addCluster(...given) {
      clusters.push(cluster(...given));
      await settled("cluster_manager.cds", () => write("cds.json", clusters));
    },
    async addListener(options) {
      listeners.set(options.name, listener(options));
      const taken = await settled("listener_manager.lds", () => write("lds.json", [...listeners.values()]));
      if (taken) await until(() => ask("/listeners?format=json").then((text) => text.includes(`"${options.name}"`)));
      else listeners.delete(options.name);
      return taken;
    },
    removeListener: (name) => void listeners.delete(name),
    async stop() {
      child.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function bootstrap(folder: string, admin: number): object {
  const source = (file: string) => ({
    resource_api_version: "V3",
    path_config_source: { path: join(folder, file), watched_directory: { path: folder } },
  });
  return {
    node: { id: "heddle", cluster: "heddle" },
    admin: { address: loopback(admin) },
    dynamic_resources: { cds_config: source("cds.json"), lds_config: source("lds.json") },
  };
}

async function counts(ask: EnvoyProcess["ask"], xds: string): Promise<{ accepted: number; rejected: number }> {
  const text = await ask(`/stats?filter=^${xds}.update_`);
  const of = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(text)?.[1] ?? 0);
  return { accepted: of("update_success"), rejected: of("update_rejected") };
}

function askAdmin(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve(text));
    }).on("error", reject);
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 12_000; attempt++) {
    if (await holds().catch(() => false)) return;
    await pause(5);
  }
  throw new Error("Envoy did not get ready");
}
