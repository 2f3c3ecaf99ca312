import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPeer } from "../../test/peer.ts";
import { freePort, type Pinning, startServer } from "../pinned.ts";
import { BODY_BYTES } from "../request.ts";
import type { ProxyOptions, Server } from "./server.ts";

/** nginx as a reverse proxy with keep-alive on both sides, one worker, no access log. */
export function startNginxProxy({ upstream, cpu }: ProxyOptions): Promise<Server> {
  const http = (port: number) => `
  upstream backend { server 127.0.0.1:${upstream}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header connection "";
    }
  }`;
  return startNginx("nginx", http, cpu);
}

/** nginx as an upstream that answers every request with the same body. */
export function startNginxUpstream(cpu: Pinning): Promise<Server> {
  const http = (port: number) => `
  server {
    listen 127.0.0.1:${port};
    location / { default_type text/plain; return 200 "${"x".repeat(BODY_BYTES)}"; }
  }`;
  return startNginx("upstream", http, cpu);
}

async function startNginx(name: string, http: (port: number) => string, cpu: Pinning): Promise<Server> {
  const command = findPeer("nginx");
  if (command === undefined) throw new Error("nginx is not installed; on Debian: apt-get install nginx-light");
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "heddle-bench-nginx-"));
  const config = join(folder, "nginx.conf");
  await writeFile(config, configuration(folder, http(port)));
  const server = await startServer({ command, args: ["-p", folder, "-c", config, "-e", "stderr"], cpu, port });
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...server, name, port, stop };
}

function configuration(folder: string, http: string): string {
  const bodies = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  // The workers of a master that root started would otherwise not reach the temporary folder.
  const user = process.getuid?.() === 0 ? "user root;" : "";
  return `${user}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  ${bodies.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
${http}
}
`;
}
