import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { main } from "../../runtime/cli/main.ts";
import { openRecordFile } from "../../runtime/cli/record-file.ts";
import { runProxy } from "../../runtime/cli/run-proxy.ts";
import type { RecordedExchange } from "../../runtime/telemetry/recorded-exchange.ts";
import { silentLogger } from "../../runtime/telemetry/silent-logger.ts";
import { filterFolder } from "../build/filter-folder.ts";
import { freePort, shopDocuments } from "../mesh-documents.ts";
import { GATE } from "../workbench/gate.ts";
import { keptTerminal } from "./kept-terminal.ts";

async function backendPort(t: TestContext): Promise<number> {
  const server = createServer((_, response) => {
    response.setHeader("set-cookie", "session=topsecret");
    response.end("ok");
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const plugin = (component: string) => `apiVersion: mesh.heddle/v1alpha1
kind: Plugin
metadata: { name: gate }
spec:
  source: { file: ${component}, unsigned: true }
  targetRefs: [{ kind: HTTPRoute, name: shop }]
  config: { header: x-tenant }
`;

/** Requests through a real proxy that records, and what it has recorded. */
async function record(
  t: TestContext,
  raw: boolean,
): Promise<{ file: string; folder: string; lines: RecordedExchange[] }> {
  const folder = filterFolder(t, { "index.ts": GATE });
  const built = await buildPlugin({ folder, outDir: join(folder, "dist") });
  const port = await freePort();
  const documents = shopDocuments({ port, backend: await backendPort(t) }) + plugin(built.paths?.component ?? "");
  writeFileSync(join(folder, "mesh.yaml"), documents);
  const file = join(folder, "recorded.ndjson");
  const running = await runProxy({
    ...{ config: join(folder, "mesh.yaml"), registry: undefined, id: "p", cache: join(folder, "cache"), admin: 0 },
    ...{ workers: 1, accessLog: { write() {} }, events: { write() {} } },
    record: { file, limit: 1 << 20, raw },
  });
  const ask = (path: string, headers: Record<string, string>) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers }).then((response) => response.text());
  await ask("/orders?token=abc&page=2", { "x-tenant": "acme", authorization: "Bearer hunter2", cookie: "a=b" });
  await ask("/orders", { "x-tenant": "acme" });
  await ask("/plain", { accept: "text/html" });
  await ask("/other", { "x-tenant": "evil" });
  process.emit("SIGTERM");
  await running.ended;
  // A second signal would end the process at once.
  for (const signal of ["SIGTERM", "SIGINT"]) process.removeAllListeners(signal);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return { file, folder, lines: lines.map((line) => JSON.parse(line) as RecordedExchange) };
}

test("a proxy records exchanges without their secrets, and two versions of a filter are compared over them", async (t) => {
  const { file, folder, lines } = await record(t, false);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.doesNotMatch(readFileSync(file, "utf8"), /hunter2|topsecret|abc|a=b/);
  const [first] = lines;
  assert.equal(first?.request.query, "token=REDACTED&page=2");
  assert.equal(Object.fromEntries(first?.request.headers ?? []).authorization, "REDACTED");
  assert.deepEqual(
    lines.map(({ request, response, route }) => [request.path, response?.status, route]),
    [
      ["/orders", 200, "default/shop/0"],
      ["/orders", 200, "default/shop/0"],
      ["/plain", undefined, "default/shop/0"],
      ["/other", 200, "default/shop/0"],
    ],
  );

  writeFileSync(join(folder, "config.yaml"), "header: x-tenant\n");
  const options = ["--config", join(folder, "config.yaml"), "--against", join(folder, "dist", "sample.wasm")];
  const same = keptTerminal();
  assert.equal(await main(["replay", file, "--filter", folder, ...options], same), 0, same.said.join("\n"));
  assert.deepEqual(same.printed, ["4 exchanges, none differs"]);

  const changed = GATE.replace('key == "trap"', 'key == "evil"').replace('"x-gate", "open"', '"x-gate", "ajar"');
  writeFileSync(join(folder, "index.ts"), changed);
  const other = keptTerminal();
  assert.equal(await main(["replay", file, "--filter", folder, ...options], other), 1);
  const text = other.printed.join("\n");
  assert.match(text, /^GET \/orders\?token=REDACTED&page=2 {2}line 1\n {2}response\.headers\.x-gate {2}open → ajar\n/);
  assert.match(text, /GET \/other {2}line 4\n {2}request\.verdict +next → fault\n/);
  assert.match(text, /request\.attributes\.subject +evil → none/);
  assert.match(text, /\n\n4 exchanges, 3 differ, 1 in verdict or status, 1 fault$/);
  const json = keptTerminal();
  assert.equal(await main(["replay", file, "--filter", folder, ...options, "--json"], json), 1);
  assert.deepEqual(json.values.at(-1), { exchanges: 4, different: 3, decided: 1, faults: 1 });
  process.exitCode = 0;
});

test("a raw recording keeps secrets", async (t) => {
  const { lines } = await record(t, true);
  assert.equal(Object.fromEntries(lines[0]?.request.headers ?? []).authorization, "Bearer hunter2");
});

test("a recording that is none is refused by line, and so is what is no version", async (t) => {
  const folder = filterFolder(t, { "index.ts": GATE });
  const file = join(folder, "odd.ndjson");
  writeFileSync(file, '{"time":1}\n');
  const terminal = keptTerminal();
  assert.equal(await main(["replay", file, "--filter", folder, "--against", folder], terminal), 1);
  assert.match(terminal.said[0] ?? "", /RECORDING_INVALID: .*request.*odd\.ndjson:1/);
  assert.equal(await main(["replay", "nowhere", "--filter", folder, "--against", folder], terminal), 2);
  assert.equal(await main(["replay", file, "--filter", folder, "--against", file], terminal), 2);
  process.exitCode = 0;
});

test("a recording ends at its limit, and overwrites nothing", (t) => {
  const file = join(filterFolder(t, {}), "small.ndjson");
  const target = openRecordFile({ file, limit: 10, raw: false }, silentLogger);
  assert.equal(target.write("12345678\n"), true);
  assert.equal(target.write("12\n"), false);
  assert.equal(readFileSync(file, "utf8"), "12345678\n");
  assert.throws(() => openRecordFile({ file, limit: 10, raw: false }, silentLogger), { code: "USAGE" });
  assert.ok(existsSync(file));
});
