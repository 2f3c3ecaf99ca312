import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { main } from "../../runtime/cli/main.ts";
import { runProxy } from "../../runtime/cli/run-proxy.ts";
import type { Terminal } from "../../runtime/cli/terminal.ts";
import { freePort } from "../free-port.ts";
import { shopDocuments } from "../mesh-documents.ts";

const ACTOR = new URL("../proxy/fixtures/actor", import.meta.url).pathname;

async function backendPort(t: TestContext): Promise<number> {
  const server = createServer((_request, response) => response.end("from the backend"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

const documents = (
  port: number,
  backend: number,
  component: string,
  act: string,
) => `${shopDocuments({ port, backend })}apiVersion: mesh.heddle/v1alpha1
kind: Plugin
metadata: { name: actor }
spec:
  source: { file: ${component}, unsigned: true }
  targetRefs: [{ kind: HTTPRoute, name: shop }]
  config: { name: actor, request: ${act} }
`;

test("heddle proxy: documents, a plugin from a file, a hot reload, and a signal", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "heddle-proxy-"));
  t.after(() => rm(folder, { recursive: true }));
  const built = await buildPlugin({ folder: ACTOR, outDir: join(folder, "plugin") });
  const component = built.paths?.component ?? "";
  const [port, backend] = [await freePort(), await backendPort(t)];
  const file = join(folder, "mesh.yaml");
  await writeFile(file, documents(port, backend, component, "next"));
  const lines: string[] = [];
  const events: string[] = [];
  const running = await runProxy({
    accessLog: { write: (text: string) => lines.push(...text.trimEnd().split("\n")) },
    events: { write: (line) => void events.push(line) },
    config: file,
    registry: undefined,
    id: "p",
    cache: join(folder, "cache"),
    admin: 0,
  });
  assert.deepEqual(running.listeners, [{ name: "default/shop/http", url: `http://127.0.0.1:${port}` }]);
  assert.equal((await fetch(`${running.adminUrl}/ready`)).status, 200);

  const url = `http://127.0.0.1:${port}/`;
  const first = await fetch(url);
  assert.equal(await first.text(), "from the backend");
  assert.equal(first.headers.get("x-backward"), "actor");

  // At once: half a file is another configuration.
  await writeFile(join(folder, "next"), documents(port, backend, component, "respond"));
  await rename(join(folder, "next"), file);
  for (;;) {
    const response = await fetch(url);
    await response.text();
    if (response.status === 418) break;
    assert.equal(response.status, 200);
  }

  process.emit("SIGTERM");
  await running.ended;
  assert.equal(JSON.parse(lines[0] ?? "").plugins["default/actor"], "1.0.0");
  assert.ok(lines.some((line) => JSON.parse(line).status === 418));
  assert.ok(events.some((line) => JSON.parse(line).message === "drained"));
  await assert.rejects(fetch(url));
});

test("what is refused is shown for as long as it is, in /rejected and in the metrics", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "heddle-proxy-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "mesh.yaml");
  const good = shopDocuments({ port: await freePort(), backend: await backendPort(t) });
  await writeFile(file, `${good}${REFUSED_GATE}`);
  const running = await runProxy({
    ...{ config: file, registry: undefined, id: "p", cache: join(folder, "cache"), admin: 0 },
    accessLog: { write() {} },
    events: { write() {} },
  });
  t.after(async () => {
    process.emit("SIGTERM");
    await running.ended;
  });
  const page = async (name: string) => (await fetch(`${running.adminUrl}/${name}`)).text();
  const [refused, ...more] = JSON.parse(await page("rejected"));
  assert.equal(more.length, 0);
  assert.deepEqual(
    [refused.file, refused.document, refused.code],
    ["mesh.yaml", "Plugin default/gate", "CONFIG_INVALID"],
  );
  assert.equal(refused.kept, false);
  assert.match(
    refused.problems[0],
    /mesh\.yaml:\d+:\d+: Plugin default\/gate: spec\.source\.repo: expected one of repository/,
  );
  assert.match(await page("metrics"), /^heddle_config_rejected 1$/m);

  await writeFile(join(folder, "next"), good);
  await rename(join(folder, "next"), file);
  while ((await page("rejected")) !== "[]\n");
  assert.match(await page("metrics"), /^heddle_config_rejected 0$/m);
});

/** Refused at first sight. */
const REFUSED_GATE = `apiVersion: mesh.heddle/v1alpha1
kind: Plugin
metadata: { name: gate }
spec:
  source: { repo: shop/gate }
  targetRefs: [{ kind: HTTPRoute, name: shop }]
`;

test("a number of workers that is none is refused", async () => {
  const said: string[] = [];
  const terminal: Terminal = {
    say: (line) => void said.push(line),
    print() {},
    json() {},
    paint: (_, text) => text,
    interactive: false,
  };
  for (const workers of ["0", "many", "1.5", "-1", "257"]) {
    assert.equal(await main(["proxy", "--config", "nowhere", "--workers", workers], terminal), 2);
    assert.match(said.at(-1) ?? "", /expected --workers to be a number from 1 to 256/);
  }
});
