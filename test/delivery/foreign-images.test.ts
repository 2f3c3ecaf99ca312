import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { signCosign } from "../../runtime/artifact/cosign.ts";
import { describe as describeBytes, jsonBytes } from "../../runtime/artifact/descriptor.ts";
import { type Digest, sha256 } from "../../runtime/artifact/digest.ts";
import { generateKey, type SigningKey } from "../../runtime/artifact/keys.ts";
import * as types from "../../runtime/artifact/media-types.ts";
import type { PluginBinding } from "../../runtime/config/snapshot.ts";
import { createFakeExchange } from "../../runtime/workbench/fake-exchange.ts";
import { gzippedArchive } from "../artifact/archives.ts";
import { filterModule } from "../wasm/proxy-wasm/filters.ts";
import { scripted } from "../wasm/proxy-wasm/script.ts";
import { type Bench, createBench, PLUGIN, REPOSITORY, statusOf } from "./harness.ts";

const label = scripted({
  proxy_on_response_headers: { steps: [["proxy_add_header_map_value", 2, "x-label", "foreign"]] },
});
const module = filterModule(label);
const archive = gzippedArchive([
  { name: "runtime-config.json", bytes: Buffer.from("{}") },
  { name: "plugin.wasm", bytes: module },
]);

interface Image {
  readonly manifestType?: string;
  readonly config: readonly [type: string, value: object];
  readonly layers: readonly (readonly [type: string, bytes: Uint8Array])[];
  readonly annotations?: object;
}

const empty = [types.IMAGE_LAYER, gzippedArchive([{ name: "etc/" }])] as const;
const LAYOUTS: Readonly<Record<string, Image>> = {
  "Istio's, of OCI": { config: [types.IMAGE_CONFIG, {}], layers: [empty, [types.IMAGE_LAYER, archive]] },
  "Istio's, of Docker": {
    manifestType: types.DOCKER_MANIFEST,
    config: [types.DOCKER_CONFIG, {}],
    layers: [[types.DOCKER_LAYER, archive]],
  },
  "solo.io's": {
    config: [types.MODULE_CONFIG, { type: "envoy_proxy", abiVersions: ["v0-2-1"] }],
    layers: [[types.MODULE_LAYER, module]],
  },
  "the CNCF's": {
    config: [types.WASM_CONFIG, { architecture: "wasm", os: "wasip1", layerDigests: [sha256(module)] }],
    layers: [[types.WASM_LAYER, module]],
  },
};

/** Pushes an image as other tools do, signed by cosign unless there is no key. */
async function push({ client }: Bench, image: Image, key: SigningKey | undefined): Promise<Digest> {
  const { manifestType: mediaType = types.IMAGE_MANIFEST, annotations } = image;
  const config = jsonBytes(image.config[1]);
  const blobs = [config, ...image.layers.map(([, bytes]) => bytes)];
  for (const bytes of blobs) await client.pushBlob(REPOSITORY, bytes);
  const layers = image.layers.map(([type, bytes]) => describeBytes(type, bytes));
  const bytes = jsonBytes({
    schemaVersion: 2,
    ...{ mediaType, config: describeBytes(image.config[0], config), layers },
    ...(annotations && { annotations }),
  });
  const digest = await client.pushManifest(REPOSITORY, { bytes, mediaType });
  if (key !== undefined) await sign({ client }, digest, key);
  return digest;
}

async function sign({ client }: Pick<Bench, "client">, image: Digest, key: SigningKey, says = image): Promise<void> {
  const signed = signCosign({ reference: `registry/${REPOSITORY}`, manifestDigest: says, key });
  for (const { bytes } of signed.blobs) await client.pushBlob(REPOSITORY, bytes);
  const tag = `sha256-${image.slice("sha256:".length)}.sig`;
  await client.pushManifest(REPOSITORY, { bytes: signed.imageManifest, mediaType: types.IMAGE_MANIFEST, tag });
}

const pinned = (digest: Digest, changes: Partial<PluginBinding> = {}): Partial<PluginBinding> => ({
  source: { kind: "digest", repository: REPOSITORY, digest },
  config: "{}",
  ...changes,
});

/** What the filter that serves puts on a response. */
function labelOf(delivery: Awaited<ReturnType<Bench["deliver"]>>): string | undefined {
  const exchange = createFakeExchange({});
  exchange.response.status = 200;
  delivery.slot(PLUGIN)?.current?.onResponse(exchange);
  return exchange.response.fields.get("x-label");
}

const solo = LAYOUTS["solo.io's"] as Image;

describe("an image of another mesh", () => {
  for (const [name, image] of Object.entries(LAYOUTS)) {
    test(`in ${name} layout runs where a trusted key has signed it, and again when the registry is down`, async (t) => {
      const bench = await createBench(t);
      const digest = await push(bench, image, bench.publisher);
      const first = await bench.deliver();
      await first.apply(bench.snapshot(pinned(digest)));
      const { state, version, error } = statusOf(first);
      assert.deepEqual([state, version, error], ["running", "0.0.0", undefined]);
      assert.equal(labelOf(first), "foreign");
      await first.close();
      await bench.registry.stop();
      const second = await bench.deliver();
      await second.apply(bench.snapshot(pinned(digest)));
      assert.equal(labelOf(second), "foreign");
    });
  }

  test("has the version that it says", async (t) => {
    const bench = await createBench(t);
    const annotations = { "org.opencontainers.image.version": "v1.2.3" };
    const delivery = await bench.deliver();
    await delivery.apply(bench.snapshot(pinned(await push(bench, { ...solo, annotations }, bench.publisher))));
    assert.equal(statusOf(delivery).version, "1.2.3");
  });

  const stranger = generateKey();
  const REFUSED: readonly (readonly [name: string, code: string, image: (bench: Bench) => Promise<Digest>])[] = [
    ["without a signature", "SIGNATURE_MISSING", (bench) => push(bench, solo, undefined)],
    ["with a stranger's signature", "SIGNATURE_KEY_UNKNOWN", (bench) => push(bench, solo, stranger)],
    [
      "with a signature on another image",
      "SIGNATURE_CLAIM_MISMATCH",
      async (bench) => {
        const digest = await push(bench, solo, undefined);
        await sign(bench, digest, bench.publisher, sha256(module));
        return digest;
      },
    ],
    [
      "in the CNCF's layout without a signature",
      "SIGNATURE_MISSING",
      (bench) => push(bench, LAYOUTS["the CNCF's"] as Image, undefined),
    ],
    [
      "whose layers are of another kind",
      "MANIFEST_INVALID",
      (bench) => push(bench, { ...solo, layers: [[types.IMAGE_LAYER, archive]] }, bench.publisher),
    ],
    [
      "whose module comes twice",
      "MANIFEST_INVALID",
      (bench) => push(bench, { ...solo, layers: [...solo.layers, ...solo.layers] }, bench.publisher),
    ],
    [
      "without a plugin.wasm",
      "MANIFEST_INVALID",
      (bench) => push(bench, { config: [types.IMAGE_CONFIG, {}], layers: [empty] }, bench.publisher),
    ],
    [
      "whose module is of no proxy-wasm ABI",
      "MANIFEST_INVALID",
      (bench) => push(bench, { ...solo, layers: [[types.MODULE_LAYER, module.subarray(0, 8)]] }, bench.publisher),
    ],
  ];
  for (const [name, code, image] of REFUSED) {
    test(`${name} is refused`, async (t) => {
      const bench = await createBench(t);
      const delivery = await bench.deliver();
      await delivery.apply(bench.snapshot(pinned(await image(bench))));
      assert.deepEqual([statusOf(delivery).error?.code, delivery.slot(PLUGIN)?.current], [code, undefined]);
    });
  }

  test("imports no more than its document grants", async (t) => {
    const bench = await createBench(t);
    const delivery = await bench.deliver();
    const digest = await push(bench, solo, bench.publisher);
    await delivery.apply(bench.snapshot(pinned(digest, { capabilities: ["log"] })));
    assert.equal(statusOf(delivery).error?.code, "IMPORT_NOT_GRANTED");
  });
});
