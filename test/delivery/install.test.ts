import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bundleReferrer, signStatement } from "../../runtime/artifact/bundle.ts";
import { generateKey } from "../../runtime/artifact/keys.ts";
import { IMAGE_MANIFEST } from "../../runtime/artifact/media-types.ts";
import { RELEASE_PREDICATE, releaseStatement, STATEMENT_TYPE } from "../../runtime/artifact/statement.ts";
import type { Pushed } from "../../runtime/delivery/publish.ts";
import { type Bench, createBench, labelOf, PLUGIN, statusOf } from "./harness.ts";

test("a released plugin is pulled, verified and serves", async (t) => {
  const bench = await createBench(t);
  const pushed = await bench.publish("1.0.0");
  bench.desire(1, pushed);
  const delivery = await bench.deliver();
  await delivery.apply(bench.snapshot());
  const { state, version, digest, error } = statusOf(delivery);
  assert.deepEqual({ state, version, digest, error }, { ...running("1.0.0", pushed), error: undefined });
  assert.equal(labelOf(delivery), "a");
  const report = await bench.registry.reported((report) => report.plugins[0]?.state === "running");
  assert.equal(report.seq, 1);
  assert.equal(report.plugins[0]?.name, PLUGIN);
});

function running(version: string, { digest }: Pushed) {
  return { state: "running", version, digest };
}

interface Attack {
  readonly name: string;
  readonly code: string;
  readonly state?: "rejected" | "failed";
  /** Makes the registry lie, or desires what should not run; 1.0.0 serves already. */
  readonly attempt: (bench: Bench) => Promise<void>;
}

/** Desires 1.1.0 as it should be, and lets the registry falsify what matches. */
const falsify = (matching: RegExp, lie: (honest: Uint8Array) => Uint8Array) => async (bench: Bench) => {
  const pushed = await bench.publish("1.1.0");
  bench.registry.tamper = (path, honest) => (matching.test(path) ? lie(honest) : honest);
  bench.desire(2, pushed);
};

const flipped = (honest: Uint8Array): Uint8Array => {
  const bytes = Uint8Array.from(honest);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return bytes;
};

/** Falsifies one content of 1.1.0, chosen by what it is. */
const falsifyPart = (part: "layer" | "config" | "manifest", lie: (honest: Uint8Array) => Uint8Array) => {
  return async (bench: Bench) => {
    const pushed = await bench.publish("1.1.0");
    const { layerDigest: layer, configDigest: config, digest: manifest } = pushed.artifact;
    const digest = { layer, config, manifest }[part];
    bench.registry.tamper = (path, honest) =>
      path.endsWith(digest) && !path.includes("referrers") ? lie(honest) : honest;
    bench.desire(2, pushed);
  };
};

/** Signs something else than a release of these bytes, by the publisher's own hand. */
const misstate = (change: (statement: ReturnType<typeof releaseStatement>) => object) => async (bench: Bench) => {
  const pushed = await bench.publish("1.1.0", { key: undefined });
  const statement = { ...releaseStatement(pushed.artifact), ...change(releaseStatement(pushed.artifact)) };
  await attach(bench, pushed, signStatement(statement, bench.publisher));
  bench.desire(2, pushed);
};

/** Pushes a bundle as a referrer of a plugin. */
async function attach({ client }: Bench, { artifact, reference }: Pushed, bundle: Uint8Array): Promise<void> {
  const subject = { mediaType: IMAGE_MANIFEST, digest: artifact.digest, size: artifact.imageManifest.length };
  const referrer = bundleReferrer({
    bundle,
    subject,
    predicateType: RELEASE_PREDICATE,
    created: "2026-01-01T00:00:00Z",
  });
  for (const { bytes } of referrer.blobs) await client.pushBlob(reference.repository, bytes);
  await client.pushManifest(reference.repository, { bytes: referrer.imageManifest, mediaType: IMAGE_MANIFEST });
}

const attacks: readonly Attack[] = [
  {
    name: "unsigned",
    code: "SIGNATURE_MISSING",
    state: "failed",
    attempt: async (bench) => bench.desire(2, await bench.publish("1.1.0", { key: undefined })),
  },
  {
    name: "signed by a stranger",
    code: "SIGNATURE_KEY_UNKNOWN",
    attempt: async (bench) => bench.desire(2, await bench.publish("1.1.0", { key: generateKey() })),
  },
  { name: "a flipped byte in the component", code: "DIGEST_MISMATCH", attempt: falsifyPart("layer", flipped) },
  { name: "a flipped byte in the config", code: "DIGEST_MISMATCH", attempt: falsifyPart("config", flipped) },
  { name: "a flipped byte in the manifest", code: "DIGEST_MISMATCH", attempt: falsifyPart("manifest", flipped) },
  {
    name: "another plugin in the manifest's place",
    code: "DIGEST_MISMATCH",
    attempt: falsifyPart("manifest", () => Buffer.from('{"schemaVersion":2}')),
  },
  {
    name: "a truncated component",
    code: "ARTIFACT_TRUNCATED",
    state: "failed",
    attempt: falsifyPart("layer", (honest) => honest.subarray(0, honest.length - 1)),
  },
  {
    name: "a component one byte too long",
    code: "ARTIFACT_TOO_LARGE",
    attempt: falsifyPart("layer", (honest) => Buffer.concat([honest, Buffer.of(0)])),
  },
  {
    name: "a manifest beyond its limit",
    code: "ARTIFACT_TOO_LARGE",
    attempt: falsifyPart("manifest", () => Buffer.alloc((4 << 20) + 1, 32)),
  },
  {
    name: "every signature's bytes falsified",
    code: "DIGEST_MISMATCH",
    attempt: async (bench) => {
      const pushed = await bench.publish("1.1.0");
      const known = new Set([pushed.digest, pushed.artifact.layerDigest, pushed.artifact.configDigest] as string[]);
      bench.registry.tamper = (path, honest) => {
        const part = path.slice(path.lastIndexOf("/") + 1);
        return path.includes("/blobs/") && !known.has(part) ? flipped(honest) : honest;
      };
      bench.desire(2, pushed);
    },
  },
  {
    name: "referrers that are no list",
    code: "REGISTRY_PROTOCOL",
    attempt: falsify(/referrers/, () => Buffer.from("[]")),
  },
  {
    name: "a valid release of another name",
    code: "SIGNATURE_CLAIM_MISMATCH",
    attempt: async (bench) => bench.desire(2, await bench.publish("1.1.0", { name: "other" }), { name: "label" }),
  },
  {
    name: "an older version passed off as a newer one",
    code: "SIGNATURE_CLAIM_MISMATCH",
    attempt: async (bench) => bench.desire(2, await bench.publish("1.0.0"), { version: "1.1.0" }),
  },
  {
    name: "a signature about another digest",
    code: "SIGNATURE_CLAIM_MISMATCH",
    attempt: misstate(() => ({ subject: [{ digest: { sha256: "0".repeat(64) } }] })),
  },
  {
    name: "a signature about another component",
    code: "SIGNATURE_CLAIM_MISMATCH",
    attempt: misstate(({ predicate }) => ({
      predicate: { ...(predicate as object), layerDigest: `sha256:${"0".repeat(64)}` },
    })),
  },
  {
    name: "a signature that understates the capabilities",
    code: "SIGNATURE_CLAIM_MISMATCH",
    attempt: misstate(({ predicate }) => ({ predicate: { ...(predicate as object), capabilities: [] } })),
  },
  {
    name: "a valid signature that is no release",
    code: "SIGNATURE_MISSING",
    state: "failed",
    attempt: misstate(() => ({
      _type: STATEMENT_TYPE,
      predicateType: "https://sigstore.dev/cosign/sign/v1",
      predicate: {},
    })),
  },
  {
    name: "a desired state that names another component",
    code: "DIGEST_MISMATCH",
    attempt: async (bench) => bench.desire(2, await bench.publish("1.1.0"), { layer: `sha256:${"1".repeat(64)}` }),
  },
  {
    name: "a desired state with another size",
    code: "MANIFEST_INVALID",
    attempt: async (bench) => bench.desire(2, await bench.publish("1.1.0"), { size: 8 }),
  },
  {
    name: "a digest that nobody has",
    code: "ARTIFACT_UNKNOWN",
    state: "failed",
    attempt: async (bench) => bench.desire(2, await bench.publish("1.1.0"), { manifest: `sha256:${"2".repeat(64)}` }),
  },
];

describe("what is refused leaves the last good version serving", () => {
  for (const { name, code, state = "rejected", attempt } of attacks) {
    test(name, async (t) => {
      const bench = await createBench(t);
      const good = await bench.publish("1.0.0");
      bench.desire(1, good);
      // A long wait before the next try, so that the state after the first one can be seen.
      const delivery = await bench.deliver({ retry: { base: 60_000, max: 60_000 } });
      await delivery.apply(bench.snapshot());
      assert.equal(statusOf(delivery).state, "running");
      await bench.registry.reported((report) => report.seq === 1);
      await attempt(bench);
      const nack = await bench.registry.reported((report) => report.plugins[0]?.error !== undefined);
      assert.equal(nack.plugins[0]?.error?.code, code);
      assert.equal(nack.plugins[0]?.state, state);
      assert.deepEqual([nack.plugins[0]?.version, nack.plugins[0]?.digest], ["1.0.0", good.digest]);
      assert.equal(labelOf(delivery), "a");
    });
  }
});

test("a component that never ends is cut off one byte after its declared size", async (t) => {
  const bench = await createBench(t);
  const pushed = await bench.publish("1.0.0");
  const { layerDigest, layer } = pushed.artifact;
  let cut: (sent: number) => void;
  const sent = new Promise<number>((resolve) => {
    cut = resolve;
  });
  bench.registry.tamper = (path, honest) => {
    if (!path.endsWith(layerDigest)) return honest;
    return (response) => {
      let count = 0;
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(4096))) count += 4096;
      };
      response.on("drain", more);
      response.on("close", () => cut(count));
      more();
    };
  };
  bench.desire(1, pushed);
  const delivery = await bench.deliver({ retry: { base: 60_000, max: 60_000 } });
  await delivery.apply(bench.snapshot());
  assert.equal(statusOf(delivery).error?.code, "ARTIFACT_TOO_LARGE");
  assert.equal(delivery.slot(PLUGIN)?.current, undefined);
  // Socket buffers hold some megabytes at most; the point is that the stream was ended from our side.
  assert.ok((await sent) < layer.length + (32 << 20));
});

describe("documents", () => {
  const cases = [
    {
      name: "a config that fails the schema",
      changes: { config: '{"lable":"x"}' },
      code: "CONFIG_REFUSED",
      says: /spec\.config has the unknown field 'lable'/,
    },
    { name: "a config that is not JSON", changes: { config: "{" }, code: "CONFIG_REFUSED", says: /expected JSON/ },
    {
      name: "a config that the guest refuses",
      changes: { config: '{"label":"refuse me"}' },
      code: "CONFIG_REFUSED",
      says: /label may not be that/,
    },
    {
      name: "a capability that is not granted",
      changes: { capabilities: ["log"] },
      code: "IMPORT_NOT_GRANTED",
      says: /response/,
    },
    {
      name: "signers of which none is known",
      changes: { signedBy: ["somebody"] },
      code: "SIGNATURE_KEY_UNKNOWN",
      says: /no keys at all/,
    },
  ] as const;
  for (const { name, changes, code, says } of cases) {
    test(`${name} leaves the last good configuration serving`, async (t) => {
      const bench = await createBench(t);
      bench.desire(1, await bench.publish("1.0.0"));
      const delivery = await bench.deliver();
      await delivery.apply(bench.snapshot());
      await delivery.apply(bench.snapshot(changes));
      const { state, error, version } = statusOf(delivery);
      assert.deepEqual([state, error?.code, version], ["rejected", code, "1.0.0"]);
      assert.match(error?.message ?? "", says);
      assert.equal(labelOf(delivery), "a");
      await delivery.apply(bench.snapshot());
      assert.equal(statusOf(delivery).state, "running");
    });
  }

  test("a new configuration takes effect, an equal one swaps nothing, a removed document ends its plugin", async (t) => {
    const bench = await createBench(t);
    bench.desire(1, await bench.publish("1.0.0"));
    const delivery = await bench.deliver();
    await delivery.apply(bench.snapshot());
    const slot = delivery.slot(PLUGIN);
    const first = slot?.current;
    await delivery.apply(bench.snapshot());
    assert.equal(slot?.current, first);
    await delivery.apply(bench.snapshot({ config: '{"label":"b"}' }));
    assert.equal(labelOf(delivery), "b");
    assert.equal(delivery.slot(PLUGIN), slot);
    await delivery.apply({ ...bench.snapshot(), plugins: new Map() });
    assert.equal(delivery.slot(PLUGIN), undefined);
    assert.equal(slot?.current, undefined);
  });
});

test("an exchange that began on the old generation ends on it; the old one closes after its last lease", async (t) => {
  const bench = await createBench(t);
  bench.desire(1, await bench.publish("1.0.0"));
  const delivery = await bench.deliver();
  await delivery.apply(bench.snapshot());
  const slot = delivery.slot(PLUGIN);
  const leases = [slot?.lease(), slot?.lease()];
  bench.desire(2, await bench.publish("1.1.0"));
  await bench.registry.reported((report) => report.plugins[0]?.version === "1.1.0");
  assert.deepEqual([slot?.current?.version, slot?.retiring], ["1.1.0", 1]);
  assert.equal(leases[0]?.generation.version, "1.0.0");
  leases[0]?.release();
  assert.equal(slot?.retiring, 1);
  leases[1]?.release();
  assert.equal(slot?.retiring, 0);
});
