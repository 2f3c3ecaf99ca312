/** kill -9 of the proxy during a swap, and of the registry during a push. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { labelPlugin } from "../delivery/sample-plugins.ts";
import { seen, startMesh } from "./live-mesh.ts";

test("kill -9 of a proxy at the moment of a release: it starts again without the registry, and serves a verified version", async (t) => {
  const mesh = await startMesh(t);
  await mesh.release(await mesh.publish(await labelPlugin("1.0.0")));
  const next = await mesh.publish(await labelPlugin("1.1.0"));
  const proxy = await mesh.startProxy();
  assert.equal(await seen(mesh.site), "a 1.0.0");
  await mesh.release(next);
  await proxy.kill();
  await mesh.registry.kill();
  await mesh.startProxy();
  assert.match(await seen(mesh.site), /^a 1\.[01]\.0$/);
  await mesh.restartRegistry();
  await mesh.reported(({ version, state }) => version === "1.1.0" && state === "running");
  assert.equal(await seen(mesh.site), "a 1.1.0");
});

test("kill -9 of the registry during a push: proxies serve on, what was acknowledged is there, the push works again", async (t) => {
  const mesh = await startMesh(t);
  await mesh.release(await mesh.publish(await labelPlugin("1.0.0")));
  await mesh.startProxy();
  const pushing = mesh.publish(await labelPlugin("1.1.0")).then(
    () => "acknowledged",
    () => "refused",
  );
  await mesh.registry.kill();
  await pushing;
  for (let i = 0; i < 20; i++) assert.equal(await seen(mesh.site), "a 1.0.0");
  await mesh.restartRegistry();
  const again = await mesh.publish(await labelPlugin("1.1.0"));
  await mesh.release(again);
  await mesh.reported(({ version, state }) => version === "1.1.0" && state === "running");
  assert.equal(await seen(mesh.site), "a 1.1.0");
});
