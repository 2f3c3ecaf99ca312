import type { RouteRule, Snapshot } from "../../runtime/config/snapshot.ts";
import { createProxy, type ProxyOptions, type Proxy as RunningProxy } from "../../runtime/proxy/proxy.ts";
import { type AccessRecord, createAccessLog } from "../../runtime/telemetry/access-log.ts";
import { backend, LISTENER, rule, snapshot } from "../proxy/fixture.ts";
import { type Origin, startOrigin } from "./origin.ts";

/** A proxy under test in front of a recording origin. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly origin: Origin;
  close(): Promise<void>;
}

export interface Heddle extends Target {
  readonly proxy: RunningProxy;
  /** Lines of the access log but for the probe's; `reset` forgets them. */
  readonly lines: readonly AccessRecord[];
  /** Times that each reason was counted. */
  refused(): ReadonlyMap<string, number>;
  reset(): void;
}

export interface HeddleOptions extends Partial<ProxyOptions> {
  rules?: readonly RouteRule[];
  plugins?: Snapshot["plugins"];
  connectTimeout?: number;
  /** More backends: ports on loopback by cluster. */
  clusters?: Readonly<Record<string, number[]>>;
}

/** The whole proxy over the system's default transports; `/probe` has an origin of its own. */
export async function startHeddle(options: HeddleOptions = {}): Promise<Heddle> {
  const { rules = [rule()], plugins = new Map(), connectTimeout = 10_000, clusters: more = {}, ...rest } = options;
  const [origin, healthy] = [await startOrigin(), await startOrigin()];
  healthy.answer = () => "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nprobe";
  let text = "";
  const write = (lines: string) => {
    text += lines;
  };
  const accessLog = createAccessLog({ sink: { write } });
  const probe = rule({ name: "test/probe/0", path: "/probe", backends: [backend("test/probe:80")] });
  const clusters = { "test/app:80": [origin.port], "test/probe:80": [healthy.port], ...more };
  const given = { ...snapshot({ rules: [probe, ...rules], clusters, connectTimeout }), plugins };
  const proxy = await createProxy({
    ...{ snapshot: given, slots: () => undefined, accessLog },
    ...rest,
  });
  return {
    ...{ name: "heddle", origin, proxy, port: proxy.address(LISTENER).port },
    get lines() {
      accessLog.flush();
      const read = text.split("\n").filter((line) => line !== "");
      return read.map((line) => JSON.parse(line) as AccessRecord).filter(({ path }) => path !== "/probe");
    },
    refused: () => countersOf(proxy.metrics.expose(), "heddle_refused_total"),
    reset() {
      accessLog.flush();
      text = "";
      origin.reset();
      healthy.reset();
      healthy.answer = () => "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nprobe";
    },
    async close() {
      await proxy.close();
      await Promise.all([origin.close(), healthy.close()]);
    },
  };
}

function countersOf(text: string, name: string): Map<string, number> {
  const hits = text.matchAll(new RegExp(`^${name}\\{detail="([^"]*)"\\} (\\d+)$`, "gm"));
  return new Map([...hits].map(([, detail = "", count]) => [detail, Number(count)]));
}
