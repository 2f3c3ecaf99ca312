import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { generateKey } from "../../../runtime/artifact/keys.ts";
import * as types from "../../../runtime/artifact/media-types.ts";
import { main } from "../../../runtime/cli/main.ts";
import { desiredEntry } from "../../../runtime/delivery/desired-entry.ts";
import {
  bundleForeign,
  type ForeignSample,
  foreignLabelOf,
  foreignModule,
  indexOf,
  LAYOUTS,
  pushForeign,
  signForeign,
} from "../../delivery/foreign-samples.ts";
import { type Bench, createBench, REPOSITORY } from "../../delivery/harness.ts";
import { temporaryFolder } from "../../delivery/sample-plugins.ts";
import { keptTerminal } from "../kept-terminal.ts";

const stranger = generateKey();
const solo = {
  ...LAYOUTS["solo.io's"],
  config: [types.MODULE_CONFIG, { config: { root_ids: ["waf"] } }],
  annotations: { "org.opencontainers.image.version": "v1.2.3" },
} as const satisfies ForeignSample;

interface Run {
  readonly code: number;
  /** Cells by the first of their row. */
  readonly rows: Readonly<Record<string, string>>;
  readonly said: string;
}

async function workshop(t: TestContext) {
  const bench = await createBench(t);
  const folder = temporaryFolder(t);
  const keys = { publisher: join(folder, "publisher.pub"), stranger: join(folder, "stranger.pub") };
  writeFileSync(keys.publisher, bench.publisher.public.pem);
  writeFileSync(keys.stranger, stranger.public.pem);
  const at = (digest: string) => `${bench.registry.host}/${REPOSITORY}@${digest}`;
  return { ...bench, folder, keys, at };
}

async function heddle(...args: string[]): Promise<Run> {
  const terminal = keptTerminal();
  const code = await main(args, terminal);
  const rows = terminal.printed.map((line) => line.split(/ {2,}/) as [string, string]);
  return { code, rows: Object.fromEntries(rows), said: terminal.said.join("\n") };
}

async function pushIndex({ client }: Pick<Bench, "client">) {
  const child = await pushForeign(client, solo, undefined);
  const other = await pushForeign(client, LAYOUTS["Istio's, of OCI"], undefined);
  const platform = { os: "wasip1", architecture: "wasm" };
  const bytes = indexOf([{ digest: other }, { digest: child, platform }]);
  return client.pushManifest(REPOSITORY, { bytes, mediaType: types.IMAGE_INDEX });
}

describe("an image of another mesh, to a person", () => {
  for (const [name, image] of Object.entries<ForeignSample>(LAYOUTS)) {
    test(`in ${name} layout is verified and inspected`, async (t) => {
      const { client, publisher, keys, at } = await workshop(t);
      const digest = await pushForeign(client, image, publisher);
      const verified = await heddle("verify", at(digest), "--key", keys.publisher);
      assert.deepEqual(
        [verified.code, verified.rows.plugin, verified.rows.digest, verified.rows["signed by"]],
        [0, "label 0.0.0", digest, "publisher"],
        verified.said,
      );
      const { code, rows, said } = await heddle("inspect", at(digest));
      assert.equal(code, 0, said);
      assert.deepEqual([rows.plugin, rows.digest, rows.admission], ["label 0.0.0", digest, "passed"]);
      assert.ok(rows.component?.includes(`(${foreignModule.length.toLocaleString("en")} bytes)`));
      assert.equal(rows.signatures, "cosign's tag by a key without a hint");
    });
  }

  test("says its version, root id and capabilities, an index those of its image", async (t) => {
    const { client, publisher, keys, at } = await workshop(t);
    const index = await pushIndex({ client });
    await bundleForeign(client, index, publisher);
    for (const command of [
      ["verify", at(index), "--key", keys.publisher],
      ["inspect", at(index)],
    ]) {
      const { rows, said } = await heddle(...command);
      assert.deepEqual(
        [rows.plugin, rows.digest, rows["root id"], rows.layout?.split(";")[0]],
        ["label 1.2.3", index, "waf", "oci, of solo.io"],
        said,
      );
      assert.match(rows.capabilities ?? "", /log/);
    }
  });

  const REFUSED: readonly (readonly [
    name: string,
    code: string,
    sign: (client: Bench["client"], digest: `sha256:${string}`) => Promise<void>,
  ])[] = [
    ["unsigned", "SIGNATURE_MISSING", async () => {}],
    ["signed by a stranger", "SIGNATURE_KEY_UNKNOWN", (client, digest) => signForeign(client, digest, stranger)],
    ["with a stranger's bundle", "SIGNATURE_KEY_UNKNOWN", (client, digest) => bundleForeign(client, digest, stranger)],
  ];
  for (const [name, expected, sign] of REFUSED) {
    test(`${name} does not verify, and can be looked at`, async (t) => {
      const { client, keys, at } = await workshop(t);
      const digest = await pushForeign(client, solo, undefined);
      await sign(client, digest);
      const { code, said } = await heddle("verify", at(digest), "--key", keys.publisher);
      assert.equal(code, 1);
      assert.match(said, new RegExp(expected));
      assert.equal((await heddle("inspect", at(digest))).rows.plugin, "label 1.2.3");
    });
  }

  test("that a proxy would refuse is shown with the reason", async (t) => {
    const { client, at } = await workshop(t);
    const layers = [[types.MODULE_LAYER, foreignModule.subarray(0, 8)]] as const;
    const { code, rows } = await heddle("inspect", at(await pushForeign(client, { ...solo, layers }, undefined)));
    assert.equal(code, 0);
    assert.match(rows.admission ?? "", /^COMPONENT_/);
  });

  test("runs where the desired state names what is read of it", async (t) => {
    const bench = await workshop(t);
    const digest = await pushIndex(bench);
    await signForeign(bench.client, digest, bench.publisher);
    const entry = await desiredEntry(bench.client, { registry: bench.registry.host, repository: REPOSITORY, digest });
    assert.deepEqual([entry.name, entry.version, entry.manifest], ["label", "1.2.3", digest]);
    bench.desire(1, await bench.publish("9.9.9"), entry);
    const delivery = await bench.deliver();
    await delivery.apply(bench.snapshot({ config: "{}" }));
    assert.equal(foreignLabelOf(delivery), "foreign");
  });
});

test("a proxy-wasm module on disk is inspected without a manifest", async (t) => {
  const file = join(temporaryFolder(t), "label.wasm");
  writeFileSync(file, foreignModule);
  const { code, rows, said } = await heddle("inspect", file);
  assert.equal(code, 0, said);
  assert.deepEqual([rows.plugin, rows.admission, rows.signatures], ["label 0.0.0", "passed", "none"]);
});
