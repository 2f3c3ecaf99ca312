import { existsSync } from "node:fs";
import { findPeer } from "../../test/peer.ts";
import type { Pinning } from "../pinned.ts";
import { API_KEY } from "../request.ts";
import { CERTIFIED_HOST } from "./certificate.ts";
import { startOnFiles } from "./files.ts";
import type { Certificate, ProxyOptions, Server } from "./server.ts";

/** Beyond what every nginx of this bench does: keep-alive on both sides, one worker, a buffered access log, forwarding headers. */
export interface NginxOptions extends ProxyOptions {
  /** Larger response buffers and no temporary files. */
  readonly tuned?: boolean;
  /** The policy that HAProxy's Lua has too: an API key is checked, a header of the request names its owner, one of the response is set. */
  readonly lua?: boolean;
}

/** nginx as a reverse proxy. */
export function startNginxProxy(options: NginxOptions): Promise<Server> {
  const { name, upstream, cpu, certificate, upstreamCertificate, tuned, lua } = options;
  const tls = certificate && serverTls(certificate);
  const http = (port: number) => `
  access_log /dev/null combined buffer=64k flush=1s;
  upstream backend { server 127.0.0.1:${upstream}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port}${tls === undefined ? "" : " ssl"};
    ${tls ?? ""}
    location / {
      ${lua ? LUA_POLICY : ""}
      ${tuned ? TUNED : ""}
      proxy_pass http${upstreamCertificate === undefined ? "" : "s"}://backend;
      ${upstreamCertificate === undefined ? "" : upstreamTls(upstreamCertificate)}
      proxy_http_version 1.1;
      proxy_set_header connection "";
      proxy_set_header host $http_host;
      proxy_set_header x-forwarded-for $proxy_add_x_forwarded_for;
      proxy_set_header x-request-id $request_id;
    }
  }`;
  return startNginx({ name, http, cpu, modules: lua ? LUA_MODULES : [] });
}

function serverTls({ certificate, key }: Certificate): string {
  return `ssl_certificate ${certificate}; ssl_certificate_key ${key}; ssl_protocols TLSv1.2 TLSv1.3;`;
}

/** What a proxy should do: verify, and resume. This version's nginx speaks TLS 1.3 to a backend only if it is told to. */
function upstreamTls({ certificate }: Certificate): string {
  const verified = `proxy_ssl_verify on; proxy_ssl_trusted_certificate ${certificate};`;
  const named = `proxy_ssl_server_name on; proxy_ssl_name ${CERTIFIED_HOST};`;
  return `${verified} ${named} proxy_ssl_session_reuse on; proxy_ssl_protocols TLSv1.2 TLSv1.3;`;
}

const TUNED = "proxy_buffer_size 64k; proxy_buffers 16 64k; proxy_busy_buffers_size 128k; proxy_max_temp_file_size 0;";

const LUA_POLICY = `access_by_lua_block {
        local consumer = consumers[ngx.req.get_headers()["x-api-key"]]
        if not consumer then return ngx.exit(401) end
        ngx.req.set_header("x-consumer", consumer)
      }
      header_filter_by_lua_block { ngx.header["x-policy"] = "passed" }`;
const LUA_TABLE = `init_by_lua_block { consumers = { ["${API_KEY}"] = "bench" } }`;
const LUA_MODULES = ["ndk_http_module.so", "ngx_http_lua_module.so"].map((file) => `/usr/lib/nginx/modules/${file}`);

/** Whether nginx's Lua module is where Debian puts it. */
export function hasNginxLua(): boolean {
  return findPeer("nginx") !== undefined && LUA_MODULES.every((path) => existsSync(path));
}

export interface UpstreamTls {
  readonly certificate: Certificate;
  /** Each connection is closed after one answer. */
  readonly once: boolean;
}

/** nginx as an upstream that answers every request with the same body. */
export function startNginxUpstream(cpu: Pinning, bytes: number, tls?: UpstreamTls): Promise<Server> {
  // nginx reads no string of more than 4 KB.
  const answer = (folder: string) =>
    bytes > 2048 ? `root ${folder}; try_files /body =404;` : `return 200 "${"x".repeat(bytes)}";`;
  const http = (port: number, folder: string) => `
  access_log off;
  open_file_cache max=10;
  sendfile on;
  server {
    listen 127.0.0.1:${port}${tls === undefined ? "" : " ssl"};
    ${tls === undefined ? "" : serverTls(tls.certificate)}
    ${tls?.once ? "keepalive_requests 1;" : ""}
    location / { default_type text/plain; ${answer(folder)} }
  }`;
  return startNginx({ name: "upstream", http, cpu, modules: [], files: { body: "x".repeat(bytes) } });
}

interface NginxServer {
  readonly name: string;
  readonly cpu: Pinning;
  readonly modules: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  http(port: number, folder: string): string;
}

function startNginx({ name, cpu, http, modules, files }: NginxServer): Promise<Server> {
  const command = findPeer("nginx");
  if (command === undefined) throw new Error("nginx is not installed; on Debian: apt-get install nginx-light");
  return startOnFiles({
    ...{ name, command, cpu },
    files: (port, folder) => ({ ...files, "nginx.conf": configuration(folder, http(port, folder), modules) }),
    args: (_, folder) => ["-p", folder, "-c", `${folder}/nginx.conf`, "-e", "stderr"],
  });
}

function configuration(folder: string, http: string, modules: readonly string[]): string {
  const bodies = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  // The workers of a master that root started would otherwise not reach the temporary folder.
  const user = process.getuid?.() === 0 ? "user root;" : "";
  return `${user}
${modules.map((path) => `load_module ${path};`).join("\n")}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr error;
worker_rlimit_nofile 20000;
events { worker_connections 20000; }
http {
  keepalive_requests 1000000000;
  ${modules.length > 0 ? LUA_TABLE : ""}
  ${bodies.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
${http}
}
`;
}
