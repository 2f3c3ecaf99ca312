import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Digest, sha256 } from "../../runtime/artifact/digest.ts";
import { generateKey } from "../../runtime/artifact/keys.ts";
import * as types from "../../runtime/artifact/media-types.ts";
import { gzippedArchive } from "../artifact/archives.ts";
import { filterModule } from "../wasm/proxy-wasm/filters.ts";
import {
  bundleForeign,
  EMPTY_LAYER,
  foreignLabelOf,
  foreignModule,
  LAYOUTS,
  pinned,
  pushForeign,
  signForeign,
} from "./foreign-samples.ts";
import { type Bench, createBench, PLUGIN, statusOf } from "./harness.ts";

const stranger = generateKey();
/** Puts its root id on a response. */
const ROOT_LABEL = filterModule({
  imports: ["proxy_get_property", "proxy_add_header_map_value"],
  data: { 100: "plugin_root_id", 120: "x-label" },
  wat: `(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (drop (call $proxy_get_property (i32.const 100) (i32.const 14) (i32.const 16) (i32.const 20)))
    (drop (call $proxy_add_header_map_value (i32.const 2) (i32.const 120) (i32.const 7)
      (i32.load (i32.const 16)) (i32.load (i32.const 20))))
    (i32.const 0))`,
});
const PROXY_WASM = {
  ...{ vmId: "", vmConfig: "", environment: {}, clusters: {}, allowOnHeadersStopIteration: false },
};
const solo = LAYOUTS["solo.io's"];

describe("an image of another mesh", () => {
  for (const [name, image] of Object.entries(LAYOUTS)) {
    test(`in ${name} layout runs where a trusted key has signed it, and again when the registry is down`, async (t) => {
      const bench = await createBench(t);
      const digest = await pushForeign(bench.client, image, bench.publisher);
      const first = await bench.deliver();
      await first.apply(bench.snapshot(pinned(digest)));
      const { state, version, error } = statusOf(first);
      assert.deepEqual([state, version, error], ["running", "0.0.0", undefined]);
      assert.equal(foreignLabelOf(first), "foreign");
      await first.close();
      await bench.registry.stop();
      const second = await bench.deliver();
      await second.apply(bench.snapshot(pinned(digest)));
      assert.equal(foreignLabelOf(second), "foreign");
    });
  }

  test("has the version that it says", async (t) => {
    const bench = await createBench(t);
    const annotations = { "org.opencontainers.image.version": "v1.2.3" };
    const delivery = await bench.deliver();
    await delivery.apply(
      bench.snapshot(pinned(await pushForeign(bench.client, { ...solo, annotations }, bench.publisher))),
    );
    assert.equal(statusOf(delivery).version, "1.2.3");
  });

  test("runs where cosign has signed it in a bundle, and again when the registry is down", async (t) => {
    const bench = await createBench(t);
    const digest = await pushForeign(bench.client, solo, undefined);
    await signForeign(bench.client, digest, stranger);
    await bundleForeign(bench.client, digest, bench.publisher);
    const first = await bench.deliver();
    await first.apply(bench.snapshot(pinned(digest)));
    assert.equal(foreignLabelOf(first), "foreign");
    await first.close();
    await bench.registry.stop();
    const second = await bench.deliver();
    await second.apply(bench.snapshot(pinned(digest)));
    assert.equal(foreignLabelOf(second), "foreign");
  });

  const ROOTS: readonly (readonly [says: string, rootIds: readonly string[], document: string, is: string])[] = [
    ["one root id", ["waf"], "", "waf"],
    ["one where the document names another", ["waf"], "mine", "mine"],
    ["several", ["waf", "logs"], "", ""],
    ["none", [], "", ""],
  ];
  for (const [says, rootIds, document, is] of ROOTS) {
    test(`whose config names root ids, ${says}: its root context is '${is}'`, async (t) => {
      const bench = await createBench(t);
      const layers = [[types.MODULE_LAYER, ROOT_LABEL]] as const;
      const image = { config: [types.MODULE_CONFIG, { config: { root_ids: rootIds } }], layers } as const;
      const delivery = await bench.deliver();
      const changes = pinned(await pushForeign(bench.client, image, bench.publisher), {
        proxyWasm: document === "" ? undefined : { ...PROXY_WASM, type: "http", pluginRootId: document },
      });
      await delivery.apply(bench.snapshot(changes));
      assert.equal(foreignLabelOf(delivery), is);
    });
  }

  const REFUSED: readonly (readonly [name: string, code: string, image: (bench: Bench) => Promise<Digest>])[] = [
    ["without a signature", "SIGNATURE_MISSING", (bench) => pushForeign(bench.client, solo, undefined)],
    ["with a stranger's signature", "SIGNATURE_KEY_UNKNOWN", (bench) => pushForeign(bench.client, solo, stranger)],
    [
      "with a signature on another image",
      "SIGNATURE_CLAIM_MISMATCH",
      async (bench) => {
        const digest = await pushForeign(bench.client, solo, undefined);
        await signForeign(bench.client, digest, bench.publisher, sha256(foreignModule));
        return digest;
      },
    ],
    [
      "with a stranger's bundle",
      "SIGNATURE_KEY_UNKNOWN",
      async ({ client }) => {
        const digest = await pushForeign(client, solo, undefined);
        await bundleForeign(client, digest, stranger);
        return digest;
      },
    ],
    [
      "with a bundle on another image",
      "SIGNATURE_CLAIM_MISMATCH",
      async ({ client, publisher }) => {
        const digest = await pushForeign(client, solo, undefined);
        await bundleForeign(client, digest, publisher, { says: sha256(foreignModule) });
        return digest;
      },
    ],
    [
      "with a trusted key's word on how it was built",
      "SIGNATURE_MISSING",
      async ({ client, publisher }) => {
        const digest = await pushForeign(client, solo, undefined);
        await bundleForeign(client, digest, publisher, { predicateType: "https://slsa.dev/provenance/v1" });
        return digest;
      },
    ],
    [
      "whose config is not solo.io's",
      "MANIFEST_INVALID",
      ({ client, publisher }) =>
        pushForeign(client, { ...solo, config: [types.MODULE_CONFIG, { config: { root_ids: "waf" } }] }, publisher),
    ],
    [
      "in the CNCF's layout without a signature",
      "SIGNATURE_MISSING",
      (bench) => pushForeign(bench.client, LAYOUTS["the CNCF's"], undefined),
    ],
    [
      "whose layers are of another kind",
      "MANIFEST_INVALID",
      (bench) =>
        pushForeign(bench.client, { ...solo, layers: [[types.IMAGE_LAYER, gzippedArchive([])]] }, bench.publisher),
    ],
    [
      "whose module comes twice",
      "MANIFEST_INVALID",
      (bench) => pushForeign(bench.client, { ...solo, layers: [...solo.layers, ...solo.layers] }, bench.publisher),
    ],
    [
      "without a plugin.wasm",
      "MANIFEST_INVALID",
      (bench) =>
        pushForeign(bench.client, { config: [types.IMAGE_CONFIG, {}], layers: [EMPTY_LAYER] }, bench.publisher),
    ],
    [
      "whose module is of no proxy-wasm ABI",
      "MANIFEST_INVALID",
      (bench) =>
        pushForeign(
          bench.client,
          { ...solo, layers: [[types.MODULE_LAYER, foreignModule.subarray(0, 8)]] },
          bench.publisher,
        ),
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
    const digest = await pushForeign(bench.client, solo, bench.publisher);
    await delivery.apply(bench.snapshot(pinned(digest, { capabilities: ["log"] })));
    assert.equal(statusOf(delivery).error?.code, "IMPORT_NOT_GRANTED");
  });
});
