import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { main } from "../../runtime/cli/main.ts";
import { createOciClient } from "../../runtime/delivery/oci/client.ts";
import { pushPlugin } from "../../runtime/delivery/publish.ts";
import { createRegistry } from "../../runtime/registry/registry.ts";
import { createToken, SCOPES } from "../../runtime/registry/tokens.ts";
import type { RecordedExchange, RecordingEnd } from "../../runtime/telemetry/recorded-exchange.ts";
import { filterFolder } from "../build/filter-folder.ts";
import { foreignModule, LAYOUTS, pushForeign } from "../delivery/foreign-samples.ts";
import { REPOSITORY } from "../delivery/harness.ts";
import { filterModule } from "../wasm/proxy-wasm/filters.ts";
import { scripted } from "../wasm/proxy-wasm/script.ts";
import { GATE } from "../workbench/gate.ts";
import { keptTerminal } from "./kept-terminal.ts";

const exchange = (time: number, key: string): RecordedExchange => ({
  ...{ time, client: "192.0.2.1", protocol: "HTTP/1.1", route: "default/shop/0", backends: ["default/app:80"] },
  request: {
    ...{ method: "GET", scheme: "http", authority: "shop.test", path: "/orders", hasBody: false },
    headers: [["x-key", key]],
  },
});
const END: RecordingEnd = { end: { exchanges: 2, lost: 7, reason: "closed" } };
const RECORDING = [exchange(1_000, "alice"), exchange(2_000, "bob"), END]
  .map((line) => JSON.stringify(line))
  .join("\n");

test("a version is compared with one in a registry, and with a proxy-wasm module", async (t) => {
  const folder = filterFolder(t, { "index.ts": GATE, "shop.ndjson": RECORDING });
  const { secret: token, token: known } = createToken({ name: "ci", scopes: SCOPES });
  const registry = await createRegistry({ dir: join(folder, ".registry"), tokens: [known] });
  t.after(() => registry.close());
  const { url } = await registry.listen();
  const client = createOciClient({ url, token });
  const name = `${new URL(url).host}/shop/sample`;
  const reference = { registry: new URL(url).host, repository: "shop/sample" };
  const { manifest } = await buildPlugin({ folder });
  await pushPlugin({ client, reference, built: await buildPlugin({ folder }) });
  await client.close();
  const module = await buildPlugin({ folder, target: "proxy-wasm", outDir: join(folder, "dist") });
  const replay = async (against: string) => {
    const terminal = keptTerminal();
    const args = ["replay", join(folder, "shop.ndjson"), "--filter", folder, "--against", against, "--token", token];
    const code = await main(args, terminal);
    process.exitCode = 0;
    return { code, text: [...terminal.printed, ...terminal.said].join("\n") };
  };
  const lost = "7 exchanges came faster than the proxy could record";
  for (const against of [`${name}:${manifest.version}`, module.paths?.component ?? ""]) {
    const { code, text } = await replay(against);
    assert.equal(code, 0, text);
    assert.equal(text, `2 exchanges, none differs\n${lost}`);
  }
  writeFileSync(join(folder, "index.ts"), GATE.replace('key == "trap"', 'key == "bob"'));
  const changed = await replay(`${name}:${manifest.version}`);
  assert.equal(changed.code, 1);
  assert.match(changed.text, /^GET \/orders {2}line 2\n {2}request\.verdict +next → fault\n/);
  const none = await replay(`${name}:9.9.9`);
  assert.equal(none.code, 1);
  assert.match(none.text, /error [A-Z_]+: .*9\.9\.9/);
});

test("a recording that was cut off says so, and one that is a folder is refused", async (t) => {
  const folder = filterFolder(t, { "index.ts": GATE, "shop.ndjson": `${JSON.stringify(exchange(1, "alice"))}\n` });
  const terminal = keptTerminal();
  const args = (file: string) => ["replay", file, "--filter", folder, "--against", folder];
  assert.equal(await main(args(join(folder, "shop.ndjson")), terminal), 0);
  assert.match(terminal.printed.at(-1) ?? "", /the recording has no end/);
  assert.equal(await main(args(folder), terminal), 2);
  assert.match(terminal.said.join("\n"), /expected a recording/);
  process.exitCode = 0;
});

test("filters of other tools, from a registry and from a file, are versions", async (t) => {
  const folder = filterFolder(t, { "shop.ndjson": RECORDING });
  const { secret: token, token: known } = createToken({ name: "ci", scopes: SCOPES });
  const registry = await createRegistry({ dir: join(folder, ".registry"), tokens: [known] });
  t.after(() => registry.close());
  const { url } = await registry.listen();
  const client = createOciClient({ url, token });
  const digest = await pushForeign(client, LAYOUTS["solo.io's"], undefined);
  await client.close();
  const image = `${new URL(url).host}/${REPOSITORY}@${digest}`;
  const [same, denying] = [join(folder, "same.wasm"), join(folder, "denying.wasm")];
  writeFileSync(same, foreignModule);
  const denies = scripted({
    proxy_on_request_headers: { steps: [["proxy_send_local_response", 403, "", "no", "", -1]], returns: 1 },
  });
  writeFileSync(denying, filterModule(denies));
  const replay = async (filter: string) => {
    const terminal = keptTerminal();
    const args = ["replay", join(folder, "shop.ndjson"), "--filter", filter, "--against", image, "--token", token];
    const code = await main(args, terminal);
    process.exitCode = 0;
    return { code, text: [...terminal.printed, ...terminal.said].join("\n") };
  };
  const { code, text } = await replay(same);
  assert.equal(code, 0, text);
  assert.match(text, /^2 exchanges, none differs/);
  const other = await replay(denying);
  assert.equal(other.code, 1, other.text);
  assert.match(other.text, /^GET \/orders {2}line 1\n {2}request\.verdict +next → respond\n/);
});
