import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { runDev } from "../../runtime/cli/run-dev.ts";
import type { Screen } from "../../runtime/workbench/screen.ts";
import { filterFolder } from "../build/filter-folder.ts";
import { freePort } from "../free-port.ts";
import { GATE } from "../workbench/gate.ts";

/** A screen on which one can wait for a line. */
function watchedScreen(): Screen & { line(pattern: RegExp): Promise<string> } {
  const lines: string[] = [];
  let wake = () => {};
  return {
    print(line) {
      lines.push(line);
      wake();
    },
    paint: (_, text) => text,
    async line(pattern) {
      for (;;) {
        const at = lines.findIndex((one) => pattern.test(one));
        if (at >= 0) return lines.splice(0, at + 1).at(-1) as string;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

test("heddle dev: verdicts of requests, a swap, a mistake while the last good version serves, another backend", async (t) => {
  const folder = filterFolder(t, {
    "index.ts": GATE,
    "gate.cases.yaml": "config: { header: x-pass }\ncases: [{ name: a, expect: {} }]\n",
  });
  const screen = watchedScreen();
  const port = await freePort();
  let built = Promise.withResolvers<boolean>();
  const change = async (source: string): Promise<boolean> => {
    built = Promise.withResolvers<boolean>();
    writeFileSync(join(folder, "index.ts"), source);
    return built.promise;
  };
  const running = await runDev({ folder, port, screen, onBuild: (serves) => built.resolve(serves) });
  t.after(running.close);
  const ask = (headers: Record<string, string>) => fetch(`${running.url}orders?a=1`, { headers });

  const passed = await ask({ "x-pass": "alice" });
  assert.equal(((await passed.json()) as { headers: Record<string, string> }).headers["x-user"], "alice");
  assert.equal(passed.headers.get("x-gate"), "open");
  assert.match(
    await screen.line(/^GET/),
    /^GET \/orders\?a=1 +next +200 +\d+\.\d ms +[1-9][\d,]+ fuel {2}subject=alice$/,
  );
  assert.equal((await ask({})).status, 401);
  assert.match(await screen.line(/^GET/), /respond +401 .* fuel {2}key_missing$/);
  assert.equal((await ask({ "x-pass": "trap" })).status, 503);
  assert.match(await screen.line(/^GET/), /fault +503 .*plugin_fault/);

  assert.equal(await change(GATE.replaceAll("401", "418")), true);
  assert.equal((await ask({})).status, 418);
  assert.equal(await change(GATE.replace("Action.Next", "Acton.Next")), false);
  assert.match(
    await screen.line(/^✗/),
    /index\.ts:23:10 - error 2304: Cannot find name 'Acton'.\n {2}23 \| {3}return Acton\.Next;\n {5}\| {10}\^{5}/,
  );
  await screen.line(/the last good one serves on/);
  assert.equal((await ask({})).status, 418);
  assert.equal(await change(GATE), true);
  assert.equal((await ask({})).status, 401);
});

test("heddle dev: calls reach the backends that their author names", async (t) => {
  const server = createServer((request, response) => response.end(`${request.url} of mine`)).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const source = `import { Action, http, respond } from "heddle/sdk";
export function onRequest(): Action {
  const me = http.get("people/users:8443", "/me").text();
  return respond(200).text((me === null ? "nobody" : me) + http.get("default/backend:80", "/").status.toString());
}
`;
  const options = { folder: filterFolder(t, { "index.ts": source }), screen: watchedScreen() };
  const call = `people/users:8443=http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const running = await runDev({ ...options, port: await freePort(), calls: [call] });
  t.after(running.close);
  assert.equal(await (await fetch(running.url)).text(), "/me of mine200");
  assert.match(await options.screen.line(/^GET/), /respond +200 +.* [1-9][\d,]* fuel {2}answered by default\/dev$/);
  for (const wrong of ["users=http://127.0.0.1", "a/b:1=nonsense"]) {
    await assert.rejects(runDev({ ...options, port: 1, calls: [wrong] }), { code: "USAGE" });
  }
});

test("heddle dev: a backend of one's own, a configuration from a file, and what is no address", async (t) => {
  const server = createServer((_, response) => response.end("mine")).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const folder = filterFolder(t, { "index.ts": GATE });
  writeFileSync(join(folder, "config.yaml"), "header: x-mine\n");
  const backend = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { folder, port: await freePort(), screen: watchedScreen() };
  const running = await runDev({ ...options, backend, config: join(folder, "config.yaml") });
  t.after(running.close);
  assert.equal(await (await fetch(running.url, { headers: { "x-mine": "alice" } })).text(), "mine");
  for (const wrong of ["https://127.0.0.1", "nonsense"]) {
    await assert.rejects(runDev({ ...options, backend: wrong }), { code: "USAGE" });
  }
  await assert.rejects(runDev({ ...options, folder: join(folder, "nowhere") }), { code: "USAGE" });
  const { port } = server.address() as AddressInfo;
  const taken = { code: "LISTEN_FAILED", where: "--port", remedy: "Choose another --port." };
  await assert.rejects(runDev({ ...options, port }), taken);
});
