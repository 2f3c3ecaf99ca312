import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { Command } from "commander";
import { generateKey } from "../../../runtime/artifact/keys.ts";
import { buildPlugin } from "../../../runtime/build/build-plugin.ts";
import { command } from "../../../runtime/cli/commands/check.ts";
import type { Terminal } from "../../../runtime/cli/terminal.ts";
import { signPluginFile } from "../../../runtime/delivery/plugin-file.ts";
import { gateway, route } from "../../config/snapshot-of.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heddle-check-"));
  writeFileSync(join(folder, "gateway.yaml"), gateway());
});
afterEach(() => rmSync(folder, { recursive: true }));

async function check(...args: readonly string[]): Promise<unknown[]> {
  const out: unknown[] = [];
  const terminal: Terminal = {
    print: (line) => void out.push(line),
    json: (value) => void out.push(value),
    say: () => {},
    paint: (_, text) => text,
    interactive: false,
  };
  const program = new Command();
  command.register(program, terminal);
  await program.parseAsync(["check", folder, ...args], { from: "user" }).catch((error) => out.push(error.code));
  return out;
}

describe("heddle check", () => {
  test("says so when all is well", async () => assert.deepEqual(await check(), ["1 document in order"]));

  test("prints every problem and fails", async () => {
    writeFileSync(join(folder, "routes.yaml"), route({ rules: "[{ matches: [{ path: { type: Prefix } }] }]" }));
    assert.deepEqual(await check(), [
      'routes.yaml:8:39: HTTPRoute default/r: spec.rules[0].matches[0].path.type: expected Exact | PathPrefix | RegularExpression, got "Prefix"',
      "CONFIG_INVALID",
    ]);
  });

  test("prints warnings, and fails on them only when strict", async () => {
    writeFileSync(join(folder, "routes.yaml"), route({ parentRefs: "[{ name: nobody }]", rules: "[{}]" }));
    const warning = "warning HTTPRoute default/r: there is no Gateway default/nobody";
    assert.deepEqual(await check(), [warning, "2 documents in order"]);
    assert.deepEqual(await check("--strict"), [warning, "CONFIG_INVALID"]);
  });

  test("says what documents of local files grant beyond what the plugin asks for, and what they lack", async () => {
    const { paths } = await buildPlugin({
      folder: join(import.meta.dirname, "../../../plugins/api-key"),
      outDir: folder,
    });
    const file = `source: { file: ${paths?.component}, unsigned: true }`;
    const spec = `${file}, capabilities: [request, log, clock], sensitiveHeaders: [set-cookie], backends: [users:80]`;
    const config = `config: { keys: [{ consumer: a, sha256: "${"0".repeat(64)}" }] }`;
    const ours = (kind: string, name: string, text: string) =>
      `{ apiVersion: mesh.heddle/v1alpha1, kind: ${kind}, metadata: { name: ${name} }, spec: { ${text} } }`;
    writeFileSync(join(folder, "key.yaml"), ours("Plugin", "key", `${spec}, ${config}`));
    writeFileSync(join(folder, "fine.yaml"), ours("Plugin", "fine", `${file}, ${config}`));
    writeFileSync(join(folder, "anew.yaml"), ours("PluginConfig", "anew", "plugin: fine, config: { keyz: 1 }"));
    writeFileSync(join(folder, "gone.yaml"), ours("Plugin", "gone", "source: { file: ./gone.wasm }"));
    const said = (await check()).map(String);
    const about = (name: string) => said.filter((line) => line.startsWith(`warning Plugin default/${name}: `));
    assert.deepEqual(
      about("key").map((line) => line.replace("warning Plugin default/key: ", "")),
      [
        "spec.backends: users:80 cannot be called: there is no Service default/users",
        "grants capabilities that the plugin does not ask for: clock",
        "lacks capabilities that the plugin asks for: attributes, crypto, local-response; without them it is refused",
        "grants sensitive headers that the plugin does not ask for: set-cookie",
        "lacks sensitive headers that the plugin asks for: authorization, cookie, proxy-authorization; without them they are absent for it",
        "grants backends to a plugin that does not import http-client: default/users:80",
      ],
    );
    assert.deepEqual(about("fine"), []);
    assert.match(about("fine@anew").join(), /CONFIG_REFUSED: .*keyz/);
    assert.match(about("gone").join(), /ARTIFACT_UNKNOWN: could not read the file/);
  });

  test("a component beside the documents needs a signature of a publisher; what is beside it is no document", async () => {
    const { paths } = await buildPlugin({
      folder: join(import.meta.dirname, "../../../plugins/headers"),
      outDir: folder,
    });
    const [ours, stranger] = [generateKey(), generateKey()];
    writeFileSync(join(folder, "ours.pub"), ours.public.pem);
    const trust = "kind: Trust, metadata: { name: t }, spec: { publishers: [{ name: ours, publicKeyFile: ours.pub }] }";
    const plugin = `kind: Plugin, metadata: { name: key }, spec: { source: { file: ${paths?.component} }, config: { request: { remove: [x-a] } } }`;
    const text = [trust, plugin].map((fields) => `{ apiVersion: mesh.heddle/v1alpha1, ${fields} }`).join("\n---\n");
    writeFileSync(join(folder, "plugin.yaml"), text);
    const component = paths?.component ?? "";
    assert.match(
      (await check()).join("\n"),
      /^warning .*SIGNATURE_MISSING: .*headers\.sigstore\.json.*\n3 documents in order$/,
    );
    await signPluginFile(component, stranger);
    assert.match((await check()).join("\n"), /^warning .*SIGNATURE_KEY_UNKNOWN: .*\n3 documents in order$/);
    await signPluginFile(component, ours);
    assert.deepEqual(await check(), ["3 documents in order"]);
    rmSync(component);
    assert.match((await check()).join("\n"), /headers\.manifest\.json:1:1: kind: expected one of .*, got none\n/);
  });

  test("--json prints one object", async () => {
    assert.deepEqual(await check("--json"), [{ documents: 1, rejected: [], warnings: [] }]);
  });

  test("a folder that is not there is an error", async () => {
    rmSync(folder, { recursive: true });
    assert.deepEqual(await check(), ["CONFIG_SYNTAX"]);
    writeFileSync(folder, "");
  });
});
