import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { generateKey } from "../../runtime/artifact/keys.ts";
import * as types from "../../runtime/artifact/media-types.ts";
import { readTrustedKey } from "../../runtime/cli/key-files.ts";
import { foreignLabelOf, indexOf, LAYOUTS, pinned, pushForeign } from "../delivery/foreign-samples.ts";
import { createBench, REPOSITORY, snapshotOf, statusOf } from "../delivery/harness.ts";
import { skipWithout } from "../peer.ts";
import { createWorkstation, startSite } from "./workstation.ts";

/** No transparency log, no TUF: a key pair alone. */
const SIGN = ["sign", "--yes", "--tlog-upload=false", "--use-signing-config=false"];
const FORMS = ["--new-bundle-format=false", "--new-bundle-format=true"];

/** An unsigned image in a registry of ours, and a proxy that trusts `acme`. */
async function pushed(t: TestContext, layout: keyof typeof LAYOUTS, isIndex: boolean) {
  const [site, bench] = [await startSite(t), await createBench(t)];
  const workstation = createWorkstation(t, site);
  for (const name of ["acme", "stranger"]) await workstation.run("heddle", "keys", "generate", "--out", name);
  const child = await pushForeign(site.client, LAYOUTS[layout], undefined);
  const size = (await site.client.pullManifest(REPOSITORY, child)).bytes.length;
  const index = { bytes: indexOf([{ digest: child, size }]), mediaType: types.IMAGE_INDEX };
  const digest = isIndex ? await site.client.pushManifest(REPOSITORY, index) : child;
  const image = `${site.host}/${REPOSITORY}@${digest}`;
  const keys = { publisher: generateKey(), releaser: generateKey() };
  const publishers = [await readTrustedKey(`${workstation.folder}/acme.pub`)];
  return {
    ...{ image, run: workstation.run },
    sign: (key: string, form: string) => workstation.run("cosign", ...SIGN, form, "--key", `${key}.key`, image),
    async outcome(): Promise<string | undefined> {
      const delivery = await bench.deliver({ registry: { url: `http://${site.host}`, mesh: "shop" } });
      await delivery.apply({ ...snapshotOf(pinned(digest), keys), trust: { publishers, releasers: [] } });
      return foreignLabelOf(delivery) ?? statusOf(delivery).error?.code;
    },
  };
}

describe("cosign signs an image of another mesh", { skip: skipWithout("cosign") }, () => {
  for (const form of FORMS) {
    for (const [layout, isIndex] of [
      ["Istio's, of OCI", false],
      ["solo.io's", false],
      ["solo.io's", true],
    ] as const) {
      const what = `${isIndex ? "an index of " : ""}${layout}`;
      test(`${what}, ${form}: it runs, unsigned or signed by a stranger it does not`, async (t) => {
        const { image, run, sign, outcome } = await pushed(t, layout, isIndex);
        assert.equal(await outcome(), "SIGNATURE_MISSING");
        await sign("stranger", form);
        assert.equal(await outcome(), "SIGNATURE_KEY_UNKNOWN");
        await assert.rejects(run("heddle", "verify", image, "--key", "acme.pub"), { stderr: /SIGNATURE_KEY_UNKNOWN/ });
        await sign("acme", form);
        assert.equal(await outcome(), "foreign");
        const { stdout } = await run("heddle", "verify", image, "--key", "acme.pub", "--json");
        assert.equal(JSON.parse(stdout).signer, "acme");
      });
    }
  }
});
