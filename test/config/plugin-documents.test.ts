/** What Plugin and PluginConfig documents grant, limit and configure. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PluginBinding, Snapshot } from "../../runtime/config/snapshot.ts";
import { gateway, load, route, service, snapshotOf } from "./snapshot-of.ts";

const ours = (kind: string, name: string, spec: string, namespace = "default") => `
apiVersion: mesh.heddle/v1alpha1
kind: ${kind}
metadata: { name: ${name}, namespace: ${namespace} }
spec: { ${spec} }`;
const plugin = (name: string, spec: string) => ours("Plugin", name, `source: { repository: acme/${name} }, ${spec}`);
const config = (name: string, spec: string) => ours("PluginConfig", name, spec);
const ref = (kind: string, name: string) =>
  `{ type: ExtensionRef, extensionRef: { group: mesh.heddle, kind: ${kind}, name: ${name} } }`;

function bindingOf({ plugins }: Snapshot, name: string): PluginBinding {
  const found = plugins.get(name);
  assert.ok(found, `expected a plugin ${name} among ${[...plugins.keys()].join(", ")}`);
  return found;
}

function rulesOf({ listeners }: Snapshot) {
  return (listeners[0]?.routes[0]?.rules ?? []).map(({ plugins, invalid }) => invalid ?? plugins.join(" "));
}

describe("limits of a Plugin", () => {
  test("are in the host's units, and only those that were given are there", () => {
    const limits = "memory: 16Mi, headTimeout: 5ms, exchangeTimeout: 1s, share: 0.1, bodyBytes: 64k, calls: 2";
    assert.deepEqual(bindingOf(snapshotOf(plugin("p", `limits: { ${limits} }`)), "default/p").limits, {
      memoryPages: 256,
      headMillis: 5,
      exchangeMillis: 1000,
      share: 0.1,
      bodyBytes: 64_000,
      calls: 2,
    });
    assert.deepEqual(bindingOf(snapshotOf(plugin("p", "limits: { memory: 100000 }")), "default/p").limits, {
      memoryPages: 1,
    });
  });
});

describe("backends of a Plugin", () => {
  const grant = `
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: g, namespace: accounts }
spec: { from: [{ group: mesh.heddle, kind: Plugin, namespace: default }], to: [{ group: "", kind: Service, name: users }] }`;

  test("are the Services of its namespace, and others by a ReferenceGrant", () => {
    const snapshot = snapshotOf(
      grant,
      service("keys"),
      service("users", { namespace: "accounts" }),
      plugin("p", "backends: [keys:8080, accounts/users:8080, accounts/ledger:8080, keys:81, later:80]"),
    );
    assert.deepEqual(bindingOf(snapshot, "default/p").backends, [
      "default/keys:8080",
      "accounts/users:8080",
      "default/keys:81",
      "default/later:80",
    ]);
    assert.deepEqual(
      snapshot.warnings.filter((warning) => /spec\.backends/.test(warning)),
      [
        "Plugin default/p: spec.backends: accounts/ledger:8080 cannot be called: no ReferenceGrant in accounts lets Plugins of default use Service ledger",
        "Plugin default/p: spec.backends: keys:81 cannot be called: Service default/keys has no TCP port 81",
        "Plugin default/p: spec.backends: later:80 cannot be called: there is no Service default/later",
      ],
    );
  });
});

test("settings for proxy-wasm get their defaults, and clusters their namespace", () => {
  const snapshot = snapshotOf(
    plugin(
      "p",
      'proxyWasm: { pluginRootId: auth, vmConfig: { a: 1 }, environment: { REGION: eu }, clusters: { "outbound|80||users": users:80 } }',
    ),
    plugin("q", "mode: shadow"),
  );
  assert.deepEqual(bindingOf(snapshot, "default/p").proxyWasm, {
    ...{ type: "http", pluginRootId: "auth", vmId: "", vmConfig: '{"a":1}' },
    ...{ environment: { REGION: "eu" }, allowOnHeadersStopIteration: false },
    clusters: { "outbound|80||users": "default/users:80" },
  });
  assert.equal(bindingOf(snapshot, "default/q").proxyWasm, undefined);
});

describe("a PluginConfig", () => {
  const everywhere = "targetRefs: [{ kind: Gateway, name: gw }]";

  test("is its Plugin under another name and configuration", () => {
    const snapshot = snapshotOf(
      plugin("jwt", "phase: authn, failurePolicy: open, limits: { share: 0.1 }, config: { issuer: a }"),
      config("admin", "plugin: jwt, config: { issuer: b }"),
    );
    const [base, configured] = [bindingOf(snapshot, "default/jwt"), bindingOf(snapshot, "default/jwt@admin")];
    assert.deepEqual(configured, { ...base, name: "default/jwt@admin", config: '{"issuer":"b"}' });
  });

  test("takes its Plugin's place on the rules that name it", () => {
    const snapshot = snapshotOf(
      gateway(),
      plugin("jwt", `phase: authn, ${everywhere}`),
      plugin("acl", "phase: authz"),
      config("admin", "plugin: jwt"),
      config("strict", "plugin: acl"),
      route({
        rules: `[{}, { filters: [${ref("PluginConfig", "admin")}] },
          { filters: [${ref("Plugin", "acl")}, ${ref("PluginConfig", "strict")}] }]`,
      }),
    );
    assert.deepEqual(rulesOf(snapshot), ["default/jwt", "default/jwt@admin", "default/jwt default/acl@strict"]);
  });

  test("that is missing, or whose Plugin is, or of which two count, makes its rule answer 500", () => {
    const snapshot = snapshotOf(
      gateway(),
      plugin("jwt", everywhere),
      config("admin", "plugin: jwt"),
      config("staff", "plugin: jwt"),
      config("orphan", "plugin: gone"),
      route({
        rules: `[{ filters: [${ref("PluginConfig", "none")}] }, { filters: [${ref("PluginConfig", "orphan")}] },
          { filters: [${ref("PluginConfig", "admin")}, ${ref("PluginConfig", "staff")}] }]`,
      }),
    );
    assert.deepEqual(rulesOf(snapshot), [
      "there is no PluginConfig default/none",
      "there is no Plugin default/gone",
      "two configurations of Plugin default/jwt in one rule",
    ]);
    assert.match(snapshot.warnings.join("\n"), /PluginConfig default\/orphan: there is no Plugin default\/gone/);
  });
});

describe("a Plugin without a name", () => {
  const around = [gateway(), service("b"), route({ rules: "[{ backendRefs: [{ name: b, port: 8080 }] }]" })];
  const guard = plugin("guard", "targetRefs: [{ kind: HTTPRoute, name: r }]");
  const nameless = guard.replace("name: guard, ", "");

  test("shuts what it is for, after a reload as well, and beside a good one of the same file", () => {
    const text = [...around, plugin("other", "phase: observe"), nameless].join("\n---\n");
    const first = load(text);
    for (const { snapshot, rejected } of [first, load(text, first)]) {
      assert.deepEqual([rejected[0]?.code, rejected[0]?.kept], ["CONFIG_INVALID", false]);
      assert.deepEqual(rulesOf(snapshot), ["Plugin default/(without a name) was refused"]);
    }
  });

  test("shuts its whole namespace when its targetRefs cannot be read", () => {
    const text = [...around, nameless.replace("[{ kind: HTTPRoute, name: r }]", "everything")].join("\n---\n");
    assert.match(rulesOf(load(text).snapshot)[0] ?? "", /was refused/);
  });

  test("that loses its name keeps its last good version", () => {
    const before = load([...around, guard].join("\n---\n"));
    const after = load([...around, nameless].join("\n---\n"), before);
    assert.equal(after.rejected[0]?.kept, true);
    assert.deepEqual(rulesOf(after.snapshot), ["default/guard"]);
  });
});
