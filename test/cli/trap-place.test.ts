import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { generateKey } from "../../runtime/artifact/keys.ts";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { runProxy } from "../../runtime/cli/run-proxy.ts";
import { createMeshApi } from "../../runtime/delivery/mesh-api.ts";
import { createOciClient } from "../../runtime/delivery/oci/client.ts";
import { pushPlugin } from "../../runtime/delivery/publish.ts";
import { releasePlugins } from "../../runtime/delivery/release.ts";
import { createRegistry } from "../../runtime/registry/registry.ts";
import { createToken, SCOPES } from "../../runtime/registry/tokens.ts";
import { temporaryFolder } from "../delivery/sample-plugins.ts";
import { freePort } from "../free-port.ts";
import { shopDocuments } from "../mesh-documents.ts";

const SOURCE = `import { Action, request } from "heddle/sdk";

export function onRequest(): Action {
  if (request.path() == "/trap") unreachable();
  return Action.Next;
}
`;

const documents = (port: number) => `
apiVersion: mesh.heddle/v1alpha1
kind: Trust
metadata: { name: shop }
spec:
  publishers: [{ name: publisher, publicKeyFile: publisher.pub }]
  releasers: [{ name: releaser, publicKeyFile: releaser.pub }]
---
${shopDocuments({ port })}apiVersion: mesh.heddle/v1alpha1
kind: Plugin
metadata: { name: trapper }
spec:
  source: { repository: shop/trapper }
  targetRefs: [{ kind: HTTPRoute, name: shop }]
`;

test("the access log names file and line of a trap in a plugin that came through the registry", async (t) => {
  const dir = temporaryFolder(t);
  const { secret: token, token: known } = createToken({ name: "ci", scopes: SCOPES });
  const registry = await createRegistry({ dir: join(dir, "registry"), tokens: [known] });
  t.after(() => registry.close());
  const { url } = await registry.listen();
  const [publisher, releaser] = [generateKey(), generateKey()];

  const folder = join(dir, "trapper");
  mkdirSync(folder);
  writeFileSync(join(folder, "index.ts"), SOURCE);
  writeFileSync(
    join(folder, "plugin.json"),
    '{"name":"trapper","version":"1.0.0","description":"Traps when asked to."}',
  );
  const [client, api] = [createOciClient({ url, token }), createMeshApi({ url, mesh: "shop", token })];
  const { artifact, digest } = await pushPlugin({
    client,
    reference: { registry: new URL(url).host, repository: "shop/trapper" },
    built: await buildPlugin({ folder }),
    key: publisher,
  });
  const { layerDigest: layer, layer: bytes } = artifact;
  const entry = { name: "trapper", version: "1.0.0", repository: "shop/trapper", manifest: digest, layer };
  await releasePlugins({ api, key: releaser, entries: [{ ...entry, size: bytes.length }] });
  await Promise.all([client.close(), api.close()]);

  const mesh = join(dir, "mesh");
  mkdirSync(mesh);
  const port = await freePort();
  writeFileSync(join(mesh, "publisher.pub"), publisher.public.pem);
  writeFileSync(join(mesh, "releaser.pub"), releaser.public.pem);
  writeFileSync(join(mesh, "mesh.yaml"), documents(port));
  const lines: string[] = [];
  const running = await runProxy({
    ...{ config: mesh, id: "p", cache: join(dir, "cache"), admin: 0 },
    registry: { url, mesh: "shop", token },
    accessLog: { write: (text: string) => lines.push(...text.trimEnd().split("\n")) },
    events: { write() {} },
  });
  const { status } = await fetch(`http://127.0.0.1:${port}/trap`, { headers: { connection: "close" } });
  process.emit("SIGTERM");
  await running.ended;
  assert.ok(status >= 500, `the plugin fails closed, got ${status}`);
  assert.match(lines[0] ?? "", /GUEST_TRAP/);
  assert.match(lines[0] ?? "", /unreachable at index\.ts:4:\d+/);
});
