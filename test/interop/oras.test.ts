import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { COSIGN_PREDICATE } from "../../runtime/artifact/bundle.ts";
import { cosignTag } from "../../runtime/artifact/cosign.ts";
import { generateKey } from "../../runtime/artifact/keys.ts";
import { layOutPlugin } from "../../runtime/artifact/layout.ts";
import { BUNDLE, WASM_CONFIG, WASM_LAYER } from "../../runtime/artifact/media-types.ts";
import { RELEASE_PREDICATE } from "../../runtime/artifact/statement.ts";
import { pushPlugin } from "../../runtime/delivery/publish.ts";
import { labelPlugin } from "../delivery/sample-plugins.ts";
import { skipWithout } from "../peer.ts";
import { createWorkstation, referenceAt, startSite } from "./workstation.ts";

interface Discovered {
  readonly manifests: readonly { readonly artifactType: string; readonly annotations: Record<string, string> }[];
}

describe("oras", { skip: skipWithout("oras") }, () => {
  test("pulls a plugin that heddle pushed: the same bytes, under the plugin's name", async (t) => {
    const site = await startSite(t);
    const { run, folder } = createWorkstation(t, site);
    const built = await labelPlugin("1.0.0");
    await pushPlugin({ client: site.client, reference: referenceAt(site), built });
    await run("oras", "pull", "--plain-http", `${site.host}/acme/label:1.0.0`);
    assert.ok(readFileSync(join(folder, "label.wasm")).equals(built.component));
  });

  test("pushes a plugin that heddle then signs and verifies", async (t) => {
    const site = await startSite(t);
    const { run, folder } = createWorkstation(t, site);
    const { config, layer } = layOutPlugin(await labelPlugin("1.0.0"));
    writeFileSync(join(folder, "config.json"), config);
    writeFileSync(join(folder, "label.wasm"), layer);
    const reference = `${site.host}/acme/label:1.0.0`;
    const files = ["--config", `config.json:${WASM_CONFIG}`, `label.wasm:${WASM_LAYER}`];
    await run("oras", "push", "--plain-http", reference, ...files);
    await run("heddle", "keys", "generate", "--out", "acme");
    await run("heddle", "sign", reference, "--key", "acme.key");
    const verified = JSON.parse((await run("heddle", "verify", reference, "--key", "acme.pub", "--json")).stdout);
    assert.deepEqual([verified.name, verified.version, verified.signer], ["label", "1.0.0", "acme"]);
  });

  test("may not push what is no plugin, nor move a version", async (t) => {
    const site = await startSite(t);
    const { run, folder } = createWorkstation(t, site);
    const { config } = layOutPlugin(await labelPlugin("1.0.0"));
    await pushPlugin({ client: site.client, reference: referenceAt(site), built: await labelPlugin("1.0.0") });
    writeFileSync(join(folder, "config.json"), config);
    writeFileSync(join(folder, "label.wasm"), "not wasm");
    const push = (tag: string, ...files: string[]) =>
      run("oras", "push", "--plain-http", `${site.host}/acme/label:${tag}`, ...files);
    await assert.rejects(push("2.0.0", "--config", `config.json:${WASM_CONFIG}`, `label.wasm:${WASM_LAYER}`), {
      stderr: /ARTIFACT_NOT_WASM/,
    });
    await assert.rejects(push("1.0.0", "label.wasm:text/plain"), { stderr: /TAG_IMMUTABLE/ });
    assert.deepEqual(await site.client.tags("acme/label"), ["1.0.0"]);
  });

  test("discovers the signatures, and lists the tags", async (t) => {
    const site = await startSite(t);
    const { run } = createWorkstation(t, site);
    const built = await labelPlugin("1.0.0");
    const pushed = await pushPlugin({ client: site.client, reference: referenceAt(site), built, key: generateKey() });
    const tags = await run("oras", "repo", "tags", "--plain-http", `${site.host}/acme/label`);
    assert.deepEqual(tags.stdout.trim().split("\n"), ["1.0.0", cosignTag(pushed.digest)]);
    const tree = await run("oras", "discover", "--plain-http", "--format", "json", `${site.host}/acme/label:1.0.0`);
    const { manifests } = JSON.parse(tree.stdout) as Discovered;
    const bundles = manifests.filter(({ artifactType }) => artifactType === BUNDLE);
    const predicates = bundles.map(({ annotations }) => annotations["dev.sigstore.bundle.predicateType"]);
    assert.deepEqual(predicates.sort(), [COSIGN_PREDICATE, RELEASE_PREDICATE].sort());
  });

  test("copies a plugin to another registry with its signatures", async (t) => {
    const [from, to] = [await startSite(t), await startSite(t)];
    const { run } = createWorkstation(t, to, from);
    await run("heddle", "keys", "generate", "--out", "acme", "--type", "ed25519");
    const built = await labelPlugin("1.0.0");
    const pushed = await pushPlugin({ client: from.client, reference: referenceAt(from), built });
    await run("heddle", "sign", `${from.host}/acme/label:1.0.0`, "--key", "acme.key", "--token", from.secret);
    const plain = ["--from-plain-http", "--to-plain-http"];
    const copy = (tag: string, ...flags: string[]) =>
      run("oras", "copy", ...plain, ...flags, `${from.host}/acme/label:${tag}`, `${to.host}/acme/label:${tag}`);
    await copy("1.0.0", "--recursive");
    const verify = async () =>
      JSON.parse((await run("heddle", "verify", `${to.host}/acme/label:1.0.0`, "--key", "acme.pub", "--json")).stdout);
    const first = await verify();
    assert.deepEqual([first.digest, first.signer, first.cosign], [pushed.digest, "acme", undefined]);
    await copy(cosignTag(pushed.digest));
    assert.equal((await verify()).cosign, "acme");
  });
});
