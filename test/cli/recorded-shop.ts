import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { runProxy } from "../../runtime/cli/run-proxy.ts";
import type { RecordContent } from "../../runtime/proxy/recording/recorder.ts";
import type { RecordedExchange, RecordingEnd } from "../../runtime/telemetry/recorded-exchange.ts";
import { filterFolder } from "../build/filter-folder.ts";
import { freePort } from "../free-port.ts";
import { shopDocuments } from "../mesh-documents.ts";

export interface RecordedShop {
  /** Of the filter, which is built in `dist/`. */
  readonly folder: string;
  /** The recording. */
  readonly file: string;
  readonly exchanges: readonly RecordedExchange[];
  readonly end: RecordingEnd["end"];
}

export interface RecordOptions {
  readonly source: string;
  /** YAML of the filter's configuration. */
  readonly config: string;
  readonly content: Partial<RecordContent>;
  readonly backend: RequestListener;
  /** Sends what is to be recorded. */
  readonly ask: (url: string) => Promise<void>;
}

/** Requests through a filter on a real proxy that records, and what it has recorded. */
export async function recordShop(t: TestContext, options: RecordOptions): Promise<RecordedShop> {
  const { source, config, content, ask } = options;
  const server = createServer(options.backend).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const folder = filterFolder(t, { "index.ts": source });
  const { paths } = await buildPlugin({ folder, outDir: join(folder, "dist") });
  const port = await freePort();
  const documents = `${shopDocuments({ port, backend: (server.address() as AddressInfo).port })}apiVersion: mesh.heddle/v1alpha1
kind: Plugin
metadata: { name: sample }
spec:
  source: { file: ${paths?.component}, unsigned: true }
  targetRefs: [{ kind: HTTPRoute, name: shop }]
  backends: [app:80]
  config: ${config}
`;
  writeFileSync(join(folder, "mesh.yaml"), documents);
  const file = join(folder, "recorded.ndjson");
  const running = await runProxy({
    ...{ config: join(folder, "mesh.yaml"), registry: undefined, id: "p", cache: join(folder, "cache"), admin: 0 },
    ...{ workers: 1, accessLog: { write() {} }, events: { write() {} } },
    record: { file, limit: 1 << 20, content: { raw: false, keep: [], bodies: 0, ...content } },
  });
  await ask(`http://127.0.0.1:${port}`);
  process.emit("SIGTERM");
  await running.ended;
  // A second signal would end the process at once.
  for (const signal of ["SIGTERM", "SIGINT"]) process.removeAllListeners(signal);
  const lines = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  return { folder, file, exchanges: lines.slice(0, -1) as RecordedExchange[], ...(lines.at(-1) as RecordingEnd) };
}
