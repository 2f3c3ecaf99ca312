/** Calls of filters that run in worker threads. */

import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { compilePlugin } from "../../../runtime/wasm/plugin.ts";
import { guest } from "../../wasm/guests.ts";
import { LISTENER, plugin, rule, snapshot } from "../fixture.ts";
import { backend, callers, startCrew } from "./crew.ts";
import { noKeySets } from "./spinner.ts";

test("a filter in any worker calls the backend that it is granted, and no other", async (t) => {
  const users: unknown[] = [];
  const asked: unknown[] = [];
  const app = await backend(t, (request, response) => {
    users.push(request.headers["x-user"]);
    response.end();
  });
  const keys = await backend(t, async (request, response) => {
    asked.push(request.url);
    if (request.url === "/price") response.end(`${(await text(request)).length} cents`);
    else if (request.headers["x-token"] === "alice") response.end("alice of the shop");
    else response.writeHead(404).end();
  });
  const given = snapshot({
    clusters: { "test/app:80": [app], "test/keys:80": [keys] },
    rules: [rule({ plugins: ["gatekeeper"] })],
    plugins: [plugin("gatekeeper", { backends: ["test/keys:80"] })],
  });
  const { fleet, url } = await startCrew(t, 2, given);
  const { component, manifest } = await guest("gatekeeper");
  const gatekeeper = {
    ...{ plugin: await compilePlugin(component), name: "gatekeeper", version: "1.0.0", config: "{}" },
    ...{ grants: manifest.capabilities, sensitiveHeaders: manifest.sensitiveHeaders, backends: ["test/keys:80"] },
  };
  await (await fleet.host.start(gatekeeper, noKeySets())).commit();
  const made = callers(t, fleet.address(LISTENER).port, 16);
  const statuses = async (fields: string) => new Set(await Promise.all(made.map((caller) => caller.ask(fields))));

  assert.deepEqual(await statuses("authorization: alice\r\n"), new Set([200]));
  assert.deepEqual(await statuses("authorization: bob\r\n"), new Set([403]));
  assert.deepEqual(await statuses(""), new Set([401]));
  assert.deepEqual(users, Array(16).fill("alice of the shop"));
  assert.deepEqual(asked, Array(32).fill("/whoami"));
  assert.match(fleet.metrics(), /^heddle_plugin_calls_total\{[^}]*backend="test\/keys:80"[^}]*\} \d+$/m);

  const body = JSON.stringify({ item: "loom" });
  const order = await fetch(url(), { method: "POST", headers: { authorization: "alice" }, body });
  assert.equal(order.status, 200);
  assert.equal(asked.pop(), "/price");

  await (await fleet.host.start({ ...gatekeeper, version: "1.0.1", backends: [] }, noKeySets())).commit();
  const before = asked.length;
  assert.deepEqual(await statuses("authorization: alice\r\n"), new Set([503]));
  assert.equal(asked.length, before, "nobody was asked");
});
