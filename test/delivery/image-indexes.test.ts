import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Digest } from "../../runtime/artifact/digest.ts";
import * as types from "../../runtime/artifact/media-types.ts";
import { foreignLabelOf, indexOf, LAYOUTS, pinned, pushForeign, signForeign } from "./foreign-samples.ts";
import { type Bench, createBench, REPOSITORY, statusOf } from "./harness.ts";

const wasm = { os: "wasip1", architecture: "wasm" };
const amd = { os: "linux", architecture: "amd64" };

/** An index of the filter and of an image for another platform, unsigned. */
async function pushIndex({ client }: Bench, mediaType: string): Promise<{ index: Digest; child: Digest }> {
  const child = await pushForeign(client, LAYOUTS["solo.io's"], undefined);
  const other = await pushForeign(client, LAYOUTS["Istio's, of OCI"], undefined);
  const entries = [
    { digest: other, platform: amd },
    { digest: child, platform: wasm },
  ];
  const bytes = indexOf(entries, mediaType);
  return { index: await client.pushManifest(REPOSITORY, { bytes, mediaType }), child };
}

describe("an index of images", () => {
  for (const mediaType of [types.IMAGE_INDEX, types.DOCKER_LIST]) {
    test(`of type ${mediaType} runs where a trusted key has signed it, and again when the registry is down`, async (t) => {
      const bench = await createBench(t);
      const { index } = await pushIndex(bench, mediaType);
      await signForeign(bench.client, index, bench.publisher);
      const first = await bench.deliver();
      await first.apply(bench.snapshot(pinned(index)));
      assert.equal(foreignLabelOf(first), "foreign");
      await first.close();
      await bench.registry.stop();
      const second = await bench.deliver();
      await second.apply(bench.snapshot(pinned(index)));
      assert.equal(foreignLabelOf(second), "foreign");
    });
  }

  test("is refused where only its image is signed: the document names the index", async (t) => {
    const bench = await createBench(t);
    const { index, child } = await pushIndex(bench, types.IMAGE_INDEX);
    await signForeign(bench.client, child, bench.publisher);
    const delivery = await bench.deliver();
    await delivery.apply(bench.snapshot(pinned(index)));
    assert.equal(statusOf(delivery).error?.code, "SIGNATURE_MISSING");
    await delivery.apply(bench.snapshot(pinned(child)));
    assert.equal(foreignLabelOf(delivery), "foreign");
  });

  test("is refused when the registry hands out another image than it names", async (t) => {
    const bench = await createBench(t);
    const { index, child } = await pushIndex(bench, types.IMAGE_INDEX);
    await signForeign(bench.client, index, bench.publisher);
    bench.registry.tamper = (path, honest) => (path.endsWith(child) ? Buffer.from(`${Buffer.from(honest)} `) : honest);
    const delivery = await bench.deliver();
    await delivery.apply(bench.snapshot(pinned(index)));
    assert.equal(statusOf(delivery).error?.code, "DIGEST_MISMATCH");
  });

  test("is refused when it leaves a choice", async (t) => {
    const bench = await createBench(t);
    const digest = await pushForeign(bench.client, LAYOUTS["solo.io's"], undefined);
    const bytes = indexOf([{ digest }, { digest, platform: amd }]);
    const index = await bench.client.pushManifest(REPOSITORY, { bytes, mediaType: types.IMAGE_INDEX });
    await signForeign(bench.client, index, bench.publisher);
    const delivery = await bench.deliver();
    await delivery.apply(bench.snapshot(pinned(index)));
    assert.equal(statusOf(delivery).error?.code, "IMAGE_AMBIGUOUS");
  });
});
