import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { main } from "../../runtime/cli/main.ts";
import { openRecordFile } from "../../runtime/cli/record-file.ts";
import { createRecordPost } from "../../runtime/proxy/fleet/recording.ts";
import type { RecordContent } from "../../runtime/proxy/recording/recorder.ts";
import { silentLogger } from "../../runtime/telemetry/silent-logger.ts";
import { filterFolder } from "../build/filter-folder.ts";
import { GATE } from "../workbench/gate.ts";
import { keptTerminal } from "./kept-terminal.ts";
import { type RecordedShop, recordShop } from "./recorded-shop.ts";

async function recordGate(t: TestContext, content: Partial<RecordContent>): Promise<RecordedShop> {
  return recordShop(t, {
    ...{ source: GATE, config: "{ header: x-tenant }", content },
    backend(_, response) {
      response.setHeader("set-cookie", "session=topsecret");
      response.end("ok");
    },
    async ask(url) {
      const ask = (path: string, headers: Record<string, string>) =>
        fetch(`${url}${path}`, { headers }).then((response) => response.text());
      const secrets = { authorization: "Bearer hunter2", cookie: "a=b", "x-nobody-knows": "swordfish" };
      await ask("/orders?token=abc&page=2", { "x-tenant": "acme", ...secrets });
      await ask("/orders", { "x-tenant": "acme" });
      await ask("/plain", { accept: "text/html" });
      await ask("/other", { "x-tenant": "evil" });
    },
  });
}

test("a proxy records exchanges without their secrets, and two versions of a filter are compared over them", async (t) => {
  const { file, folder, exchanges, end } = await recordGate(t, { keep: ["x-tenant", "page"] });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.doesNotMatch(readFileSync(file, "utf8"), /hunter2|topsecret|abc|a=b|swordfish/);
  const [first] = exchanges;
  assert.deepEqual(end, { exchanges: 4, lost: 0, reason: "closed" });
  assert.equal(first?.request.query, "token=REDACTED&page=2");
  assert.equal(Object.fromEntries(first?.request.headers ?? []).authorization, "REDACTED");
  assert.equal(Object.fromEntries(first?.request.headers ?? [])["x-tenant"], "acme");
  assert.deepEqual(
    exchanges.map(({ request, response, route }) => [request.path, response?.status, route]),
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
  assert.deepEqual(json.values.at(-1), { exchanges: 4, different: 3, decided: 1, faults: 1, incomplete: 0, lost: 0 });
  process.exitCode = 0;
});

test("a raw recording keeps secrets", async (t) => {
  const { exchanges } = await recordGate(t, { raw: true });
  assert.equal(Object.fromEntries(exchanges[0]?.request.headers ?? []).authorization, "Bearer hunter2");
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

const content = { raw: false, keep: [], bodies: 0 };

test("a recording ends at its limit, says what it lacks, and overwrites nothing", async (t) => {
  const file = join(filterFolder(t, {}), "small.ndjson");
  const target = openRecordFile({ file, limit: 10, content }, silentLogger);
  assert.equal(target.write("12345678\n", 3), true);
  assert.equal(target.write("12\n", 0), false);
  assert.equal(target.lost, 3);
  await target.close();
  await target.close();
  assert.equal(readFileSync(file, "utf8"), '12345678\n{"end":{"exchanges":1,"lost":3,"reason":"limit"}}\n');
  assert.throws(() => openRecordFile({ file, limit: 10, content }, silentLogger), { code: "USAGE" });
});

test("more than a thread may hand over in one turn is counted, not kept", async () => {
  const posted = Promise.withResolvers<[lines: number, lost: number]>();
  const take = createRecordPost((lines, lost) => posted.resolve([lines.split("\n").length - 1, lost]));
  for (let at = 0; at < 1_500; at++) take("{}");
  assert.deepEqual(await posted.promise, [1_000, 500]);
  const long = Promise.withResolvers<[length: number, lost: number]>();
  const takeLong = createRecordPost((lines, lost) => long.resolve([lines.length, lost]));
  for (let at = 0; at < 3; at++) takeLong("x".repeat(5 << 20));
  assert.deepEqual(await long.promise, [(5 << 20) + 1, 2]);
});
