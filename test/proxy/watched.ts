import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Cluster, Snapshot } from "../../runtime/config/snapshot.ts";
import type { ProxyOptions } from "../../runtime/proxy/proxy.ts";
import { PATIENCE_OF_OTHERS, type Probe, startProbe } from "../wire/probe.ts";
import { backend, type Running, rule, start, upstream } from "./fixture.ts";

/** A proxy that another client asks all the time, on a connection of its own. */
export interface Watched extends Running {
  /** Ends the probe, before the end of the test, which would; whoever asks for nothing but the test's own is alone then. */
  unwatch(): void;
}

/**
 * A proxy as `start` makes it, and another client: that it is answered in time whatever the test does is asserted when the
 * test ends. The log is without that client's lines.
 */
export async function startWatched(
  t: TestContext,
  given: Snapshot,
  options: Partial<ProxyOptions> = {},
): Promise<Watched> {
  let probe: Probe | undefined;
  const unwatch = () => {
    const worst = probe?.stop() ?? 0;
    probe = undefined;
    assert.ok(worst <= PATIENCE_OF_OTHERS, `another client waited ${worst} ms`);
  };
  // Before all others, which close what it asks.
  t.after(unwatch);
  const healthy = await upstream(t, (_request, response) => response.end("probe"));
  const running = await start(t, withProbe(given, healthy), options);
  probe = startProbe(running.port);
  const log = async (count = 1) => {
    for (let read = 1; ; read += 1) {
      const lines = (await running.log(read)).filter(({ path }) => path !== "/probe");
      if (lines.length >= count) return lines;
    }
  };
  return { ...running, log, unwatch };
}

const PROBE = "test/probe:80";

function withProbe(given: Snapshot, port: number): Snapshot {
  const rules = [rule({ name: "test/probe/0", path: "/probe", backends: [backend(PROBE)] })];
  const route = { name: "test/probe", age: 0, hostnames: [], rules };
  const cluster: Cluster = {
    ...{ name: PROBE, protocol: "http1", tls: undefined, invalid: undefined, connectTimeout: 1_000 },
    endpoints: [{ address: "127.0.0.1", port, ready: true }],
  };
  return {
    ...given,
    listeners: given.listeners.map((each) => ({ ...each, routes: [route, ...each.routes] })),
    clusters: new Map([...given.clusters, [PROBE, cluster]]),
  };
}
