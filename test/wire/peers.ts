import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort } from "../free-port.ts";
import { findPeer } from "../peer.ts";
import { startOrigin } from "./origin.ts";
import type { Target } from "./target.ts";

interface Recipe {
  readonly file: string;
  configuration(folder: string, port: number, origin: number): string;
  args(folder: string): string[];
}

/** As their manuals set them up in front of an HTTP/1.1 backend; nothing loosened. */
const RECIPES: Readonly<Record<"nginx" | "haproxy", Recipe>> = {
  nginx: {
    file: "nginx.conf",
    configuration: (folder, port, origin) => `
${process.getuid?.() === 0 ? "user root;" : ""}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 512; }
http {
  access_log off;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
  upstream app { server 127.0.0.1:${origin}; keepalive 8; }
  server {
    listen 127.0.0.1:${port};
    server_name app.test;
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`,
    args: (folder) => ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"],
  },
  haproxy: {
    file: "haproxy.cfg",
    configuration: (_, port, origin) => `
global
  nbthread 1
defaults
  mode http
  option forwardfor
  timeout connect 2s
  timeout client 10s
  timeout server 10s
  timeout http-request 10s
frontend in
  bind 127.0.0.1:${port}
  default_backend app
backend app
  server one 127.0.0.1:${origin}
`,
    args: (folder) => ["-db", "-f", join(folder, "haproxy.cfg")],
  },
};

export type PeerName = keyof typeof RECIPES;
export const PEERS = Object.keys(RECIPES) as PeerName[];

/** @throws Error when the program is not installed or does not start within half a minute */
export async function startPeer(name: PeerName): Promise<Target> {
  const program = findPeer(name);
  if (program === undefined) throw new Error(`${name} is not installed; on Debian: apt-get install ${name}`);
  const [origin, port] = [await startOrigin(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), `heddle-${name}-`));
  const { file, configuration, args } = RECIPES[name];
  writeFileSync(join(folder, file), configuration(folder, port, origin.port));
  const child = spawn(program, args(folder), { stdio: "ignore" });
  await accepts(port, child);
  return {
    ...{ name, port, origin },
    async close() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await gone;
      await origin.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function accepts(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 600 && child.exitCode === null; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true));
      socket.on("connect", () => socket.destroy()).on("error", () => resolve(false));
    });
    if (open) return;
    await setTimeout(50);
  }
  throw new Error(`${child.spawnfile} did not start`);
}
