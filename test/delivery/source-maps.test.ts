import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { describe as describeContent } from "../../runtime/artifact/descriptor.ts";
import { generateKey } from "../../runtime/artifact/keys.ts";
import { IMAGE_MANIFEST } from "../../runtime/artifact/media-types.ts";
import { SOURCE_MAP_LIMIT, sourceMapReferrer } from "../../runtime/artifact/source-map-referrer.ts";
import { type BuiltPlugin, buildPlugin } from "../../runtime/build/build-plugin.ts";
import type { PluginSource } from "../../runtime/config/snapshot.ts";
import { createDelivery } from "../../runtime/delivery/delivery.ts";
import { createMeshApi } from "../../runtime/delivery/mesh-api.ts";
import { createOciClient, type OciClient } from "../../runtime/delivery/oci/client.ts";
import { type Pushed, pushPlugin } from "../../runtime/delivery/publish.ts";
import { releasePlugins } from "../../runtime/delivery/release.ts";
import { pullSourceMap } from "../../runtime/delivery/source-maps.ts";
import { createRegistry } from "../../runtime/registry/registry.ts";
import { createToken, SCOPES } from "../../runtime/registry/tokens.ts";
import { createLocalHost } from "../../runtime/wasm/plugin-host.ts";
import { createFakeExchange } from "../../runtime/workbench/fake-exchange.ts";
import { createRecordingServices } from "../../runtime/workbench/recording-services.ts";
import { createBench, type LocalDelivery, MESH, PLUGIN, REPOSITORY, snapshotOf } from "./harness.ts";
import { temporaryFolder } from "./sample-plugins.ts";

const SOURCE = `import { Action, request } from "heddle/sdk";

export function onRequest(): Action {
  const list: i32[] = [1];
  if (request.path() == "/trap") unreachable();
  if (request.path() == "/outside") return list[request.path().length];
  return Action.Next;
}
`;
const LINES = { "/trap": 5, "/outside": 6 };

let built: Promise<BuiltPlugin> | undefined;

function trapper(): Promise<BuiltPlugin> {
  built ??= build();
  return built;
}

async function build(): Promise<BuiltPlugin> {
  const folder = mkdtempSync(join(tmpdir(), "heddle-sample-"));
  try {
    writeFileSync(join(folder, "index.ts"), SOURCE);
    const plugin = { name: "label", version: "1.0.0", description: "Traps.", license: "Apache-2.0", author: "Nobody" };
    writeFileSync(join(folder, "plugin.json"), JSON.stringify(plugin));
    return await buildPlugin({ folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the plugin's fault says when it is asked for a path. */
function faultAt(delivery: LocalDelivery, path: string): string {
  const lease = delivery.slot(PLUGIN)?.lease();
  assert.ok(lease, JSON.stringify(delivery.status()));
  const verdict = lease.generation.onRequest(createFakeExchange({ path }));
  lease.release();
  return verdict.kind === "fault" ? verdict.detail : verdict.kind;
}

async function startShop(t: TestContext) {
  const { secret: token, token: known } = createToken({ name: "ci", scopes: SCOPES });
  const registry = await createRegistry({ dir: temporaryFolder(t), tokens: [known], closeGrace: 0 });
  const { url } = await registry.listen();
  const [client, api] = [createOciClient({ url, token }), createMeshApi({ url, mesh: MESH, token })];
  const keys = { publisher: generateKey(), releaser: generateKey() };
  const closing: { close(): Promise<void> }[] = [client, api];
  t.after(async () => {
    for (const each of closing.reverse()) await each.close();
    await registry.close();
  });
  const cacheDir = temporaryFolder(t);
  return {
    client,
    push: (plugin: Parameters<typeof pushPlugin>[0]["built"]) =>
      pushPlugin({
        client,
        reference: { registry: new URL(url).host, repository: REPOSITORY },
        built: plugin,
        key: keys.publisher,
      }),
    release: ({ artifact, digest }: Pushed) => {
      const { manifest, layerDigest: layer, layer: bytes } = artifact;
      const { name, version } = manifest;
      const entry = { name, version, repository: REPOSITORY, manifest: digest, layer, size: bytes.length };
      return releasePlugins({ api, key: keys.releaser, entries: [entry] });
    },
    async deliver() {
      const host = createLocalHost(createRecordingServices({}, undefined).services);
      const delivery = await createDelivery({
        registry: { url, mesh: MESH, token },
        proxyId: "proxy-1",
        cacheDir,
        host,
      });
      closing.push(delivery);
      const source: PluginSource = { kind: "desired", repository: REPOSITORY };
      await delivery.apply(snapshotOf({ source, config: "{}" }, keys));
      return { ...delivery, slot: host.slot };
    },
  };
}

function pushMap(client: OciClient, { artifact }: Pushed, content: Uint8Array): Promise<unknown> {
  return pushReferrer(client, sourceMapReferrer(content, describeContent(IMAGE_MANIFEST, artifact.imageManifest)));
}

async function pushReferrer(client: OciClient, { blobs, imageManifest }: ReturnType<typeof sourceMapReferrer>) {
  for (const { bytes } of blobs) await client.pushBlob(REPOSITORY, bytes);
  await client.pushManifest(REPOSITORY, { bytes: imageManifest, mediaType: IMAGE_MANIFEST });
}

describe("a trap names file and line of the source", () => {
  test("of a plugin that was pushed, released and installed through the registry, after a restart too", async (t) => {
    const shop = await startShop(t);
    await shop.release(await shop.push(await trapper()));
    for (let start = 0; start < 2; start += 1) {
      const delivery = await shop.deliver();
      for (const [path, line] of Object.entries(LINES)) {
        assert.match(faultAt(delivery, path), new RegExp(`index\\.ts:${line}:\\d+`));
      }
      await delivery.close();
    }
  });

  test("of a plugin from a file, with the map beside it", async (t) => {
    const bench = await createBench(t);
    const { component, manifest, sourceMap } = await trapper();
    const path = join(temporaryFolder(t), "label.wasm");
    writeFileSync(path, component);
    writeFileSync(path.replace(".wasm", ".manifest.json"), JSON.stringify(manifest));
    writeFileSync(`${path}.map`, sourceMap);
    const delivery = await bench.deliver({ registry: undefined });
    const source: PluginSource = { kind: "file", path, digest: undefined, unsigned: true };
    await delivery.apply(bench.snapshot({ source, config: "{}" }));
    assert.match(faultAt(delivery, "/trap"), /unreachable at index\.ts:5:\d+/);
  });
});

describe("a source map cannot stop an install, and says nothing that a log would believe", () => {
  const hostile = (sources: unknown, mappings: unknown = "AAAA") =>
    Buffer.from(JSON.stringify({ version: 3, sources, mappings }));
  const maps: readonly [name: string, content: Uint8Array, expected: RegExp][] = [
    ["text", Buffer.from("no map"), /unreachable in function \d+ at 0x/],
    ["null", Buffer.from("null"), /unreachable in function \d+ at 0x/],
    ["sources that are objects", hostile([{ toString: 1 }]), /unreachable in function \d+ at 0x/],
    [
      "a forged line",
      hostile(['a\n{"level":30}\u001b[2J\u202e']),
      /^unreachable at a\\u\{a\}\{"level":30\}\\u\{1b\}\[2J\\u\{202e\}:1:1$/,
    ],
    ["a file name of 2 MB", hostile(["a".repeat(2 << 20)]), /^unreachable at a{900}[^\n]{0,100}$/],
    ["mappings without end", hostile(["a"], "AAAA,".repeat(800_000)), /unreachable at a:1:1/],
    ["no base64", hostile(["a"], "\u0000é,,;;~~~~".repeat(100)), /unreachable/],
  ];
  for (const [name, content, expected] of maps) {
    test(name, async (t) => {
      const shop = await startShop(t);
      const { component, manifest } = await trapper();
      const pushed = await shop.push({ component, manifest });
      await pushMap(shop.client, pushed, content);
      await shop.release(pushed);
      const fault = faultAt(await shop.deliver(), "/trap");
      assert.match(fault, expected);
      assert.ok(fault.length <= 1000);
    });
  }

  test("one that is larger than the limit is neither pushed nor pulled; the next referrer is read", async (t) => {
    const shop = await startShop(t);
    const plugin = await trapper();
    const pushed = await shop.push({
      ...plugin,
      sourceMap: JSON.stringify({ mappings: " ".repeat(SOURCE_MAP_LIMIT) }),
    });
    assert.equal(await pullSourceMap(shop.client, REPOSITORY, pushed.digest), undefined);
    await pushMap(shop.client, pushed, Buffer.alloc(SOURCE_MAP_LIMIT + 1, 32));
    assert.equal(await pullSourceMap(shop.client, REPOSITORY, pushed.digest), undefined);
    await shop.push(plugin);
    const pulled = Buffer.from((await pullSourceMap(shop.client, REPOSITORY, pushed.digest)) ?? []).toString();
    assert.ok(JSON.parse(pulled).sources.includes("index.ts"));
    assert.equal(pulled.includes("unreachable()"), false, "the source text stays with its author");
  });

  test("a registry that never answers for it holds up nothing for long", async (t) => {
    const bench = await createBench(t);
    const pushed = await bench.publish("1.0.0");
    bench.desire(1, pushed);
    const map = await pullSourceMap(bench.client, REPOSITORY, pushed.digest);
    assert.ok(map);
    bench.registry.tamper = (_, honest) => (Buffer.from(map).equals(honest) ? () => {} : honest);
    const delivery = await bench.deliver();
    await delivery.apply(bench.snapshot());
    assert.equal(delivery.status()[0]?.state, "running");
  });
});
