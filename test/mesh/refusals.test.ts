/** What a proxy refuses over the real registry: the reason is where the operator looks, the last good version serves on. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { generateKey } from "../../runtime/artifact/keys.ts";
import type { BuiltPlugin } from "../../runtime/build/build-plugin.ts";
import { labelPlugin } from "../delivery/sample-plugins.ts";
import { coreModule, hook } from "../wasm/guests.ts";
import { HEDDLE, type LiveMesh, MESH, seen, startMesh } from "./live-mesh.ts";

const run = promisify(execFile);

async function getProxies({ url, token }: LiveMesh): Promise<string> {
  const args = [HEDDLE, "get", "proxies", "--registry", url, "--mesh", MESH, "--token", token];
  return (await run(process.execPath, args)).stdout;
}

/** Of a plugin, on the admin pages. */
interface Shown {
  readonly loaded: boolean;
  readonly version?: string;
  readonly state?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

const UNKNOWN = coreModule(`(import "env" "launch" (func)) ${hook("on-request", "(i32.const 0)")}`);

const REFUSED: readonly [
  what: string,
  codes: RegExp,
  attempt: (mesh: LiveMesh, next: BuiltPlugin) => Promise<unknown>,
][] = [
  [
    "an unknown import, by its name",
    /IMPORT_UNKNOWN: .*env/,
    async (mesh, next) => mesh.release(await mesh.publish({ ...next, component: UNKNOWN })),
  ],
  [
    "a component cut in half before it was signed",
    /COMPONENT_INVALID|ARTIFACT_TRUNCATED/,
    async (mesh, next) =>
      mesh.release(await mesh.publish({ ...next, component: next.component.subarray(0, next.component.length >> 1) })),
  ],
  [
    "a stranger's signature",
    /SIGNATURE_KEY_UNKNOWN/,
    async (mesh, next) => mesh.release(await mesh.publish(next, generateKey())),
  ],
];

test("a proxy refuses, says why in `heddle get proxies`, and serves on", async (t) => {
  const mesh = await startMesh(t);
  await mesh.release(await mesh.publish(await labelPlugin("1.0.0")));
  const proxy = await mesh.startProxy();
  const { admin } = proxy.hello as { admin: string };
  assert.equal(await seen(mesh.site), "a 1.0.0");
  await t.test("a configuration that the guest refuses", async () => {
    mesh.configure("refuse me");
    await mesh.reported(({ error }) => error?.code === "CONFIG_REFUSED");
    assert.match(await getProxies(mesh), /CONFIG_REFUSED: .*label may not be that/);
    assert.equal(await seen(mesh.site), "a 1.0.0");
    mesh.configure("a");
    await mesh.reported(({ state }) => state === "running");
  });
  for (const [index, [what, codes, attempt]] of REFUSED.entries()) {
    await t.test(what, async () => {
      await attempt(mesh, await labelPlugin(`1.${index + 1}.0`));
      await mesh.reported(({ error }) => codes.test(`${error?.code}: ${error?.detail}`));
      assert.match(await getProxies(mesh), codes);
      for (const page of ["/ready", "/plugins"]) {
        const shown = (await (await fetch(`${admin}${page}`)).json()) as Shown[] | { plugins: Shown[] };
        const [plugin] = Array.isArray(shown) ? shown : shown.plugins;
        assert.deepEqual([plugin?.loaded, plugin?.version], [true, "1.0.0"], page);
        assert.match(`${plugin?.state} ${plugin?.error?.code}: ${plugin?.error?.message}`, codes);
      }
      assert.equal(await seen(mesh.site), "a 1.0.0");
    });
  }
  await t.test("a file of 100 MB, at the registry", async () => {
    const refused = await fetch(`${mesh.url}/v2/shop/label/blobs/uploads/?digest=sha256:${"0".repeat(64)}`, {
      method: "POST",
      headers: { authorization: `Bearer ${mesh.token}`, "content-type": "application/octet-stream" },
      body: Buffer.alloc(100_000_000),
    });
    assert.equal(refused.status, 413);
    assert.match(await refused.text(), /SIZE_INVALID|TOO_LARGE/);
    assert.equal(await seen(mesh.site), "a 1.0.0");
  });
});
