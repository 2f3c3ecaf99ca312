import type { PeerName } from "./peers.ts";

/** One comparison of proxies under the same load, each against the reference. */
export interface Scenario {
  /** What follows the name of every server in it: "", "-tls" ... */
  readonly suffix: string;
  readonly title: string;
  readonly reference: PeerName;
  readonly subjects: readonly Subject[];
  /** Of the response's body. */
  readonly bytes: number;
  readonly connections: number;
  readonly tls: boolean;
  /** TLS towards the upstream: on connections that are kept, or each request on one of its own. */
  readonly upstreamTls?: "kept" | "once";
  /** Whether proxies and load share all CPUs, instead of one for the proxy and one for the rest. */
  readonly unpinned: boolean;
}

export interface Subject {
  readonly peer: PeerName;
  /** In tables and ratios, when not `peer` with the scenario's suffix. */
  readonly name?: string;
  readonly workers?: number;
  /** Another checkout of this repository. */
  readonly tree?: string;
}

const subjects = (...peers: PeerName[]): Subject[] => peers.map((peer) => ({ peer }));

const KILOBYTE: Scenario = {
  suffix: "",
  title: "1 KB bodies",
  reference: "nginx",
  subjects: subjects(
    "heddle",
    "heddle+3",
    "nginx+lua",
    "haproxy",
    "haproxy+lua",
    "haproxy+lua-fetch",
    "envoy+3",
    "http-proxy-3",
    "@fastify/http-proxy",
  ),
  ...{ bytes: 1024, connections: 32, tls: false, unpinned: false },
};

const sized = (suffix: string, title: string, bytes: number, connections: number): Scenario => ({
  ...KILOBYTE,
  ...{ suffix, title, bytes, connections, subjects: subjects("heddle", "nginx-tuned") },
});

export type ScenarioName = "1k" | "tls" | "64k" | "1m" | "workers" | "upstream-tls" | "upstream-tls-once";

export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  "1k": KILOBYTE,
  tls: {
    ...KILOBYTE,
    suffix: "-tls",
    title: "TLS 1.3 towards the client, 1 KB bodies",
    tls: true,
    subjects: subjects("heddle"),
  },
  "upstream-tls": {
    ...KILOBYTE,
    ...{ suffix: "-upstream-tls", title: "TLS 1.3 towards the upstream on kept connections, 1 KB bodies" },
    ...{ upstreamTls: "kept", subjects: subjects("heddle") },
  },
  "upstream-tls-once": {
    ...KILOBYTE,
    suffix: "-upstream-tls-once",
    title: "TLS 1.3 towards the upstream, each request on a connection of its own that resumes a session",
    ...{ upstreamTls: "once", subjects: subjects("heddle") },
  },
  "64k": sized("-64k", "64 KB bodies", 65_536, 32),
  "1m": sized("-1m", "1 MB bodies", 1_048_576, 16),
  workers: {
    ...KILOBYTE,
    ...{ suffix: "-shared", title: "one worker and two, all CPUs for everybody, 1 KB bodies", unpinned: true },
    subjects: [
      { peer: "heddle", name: "heddle-1w", workers: 1 },
      { peer: "heddle", name: "heddle-2w", workers: 2 },
    ],
  },
};

/** `--all` adds what no target needs, but what shows how much room there is. */
export const EXTRA: readonly Subject[] = subjects("envoy", "tunnel");
