import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import type { RouteRule, Snapshot } from "../../runtime/config/snapshot.ts";
import { gateway, load, route, service, snapshotOf } from "./snapshot-of.ts";

const backend = (name: string, more = "") => `[{ backendRefs: [{ name: ${name}, port: 8080${more} }] }]`;

function rulesOf(snapshot: Snapshot, name = "default/r"): readonly RouteRule[] {
  const routes = snapshot.listeners.flatMap((listener) => listener.routes);
  return routes.find((each) => each.name === name)?.rules ?? [];
}

const plugin = (name: string, spec: string, namespace = "default") => `
apiVersion: mesh.heddle/v1alpha1
kind: Plugin
metadata: { name: ${name}, namespace: ${namespace} }
spec: { source: { repository: acme/${name} }, ${spec} }`;

const grant = (to = "") => `
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: g, namespace: other }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default }]
  to: [{ group: "", kind: Service${to} }]`;

describe("backendRefs", () => {
  const cases: readonly (readonly [name: string, documents: string[], invalid: RegExp | undefined])[] = [
    ["a Service in the same namespace", [service("a"), route({ rules: backend("a") })], undefined],
    [
      "HTTPRouteInvalidNonExistentBackendRef",
      [route({ rules: backend("a") })],
      /^BackendNotFound: there is no Service default\/a$/,
    ],
    [
      "a port that the Service does not have",
      [service("a", { port: 9 }), route({ rules: backend("a") })],
      /^BackendNotFound: Service default\/a has no TCP port 8080$/,
    ],
    [
      "HTTPRouteInvalidBackendRefUnknownKind",
      [route({ rules: backend("a", ", kind: Bucket, group: example.org") })],
      /^InvalidKind: example.org\/Bucket/,
    ],
    [
      "HTTPRouteInvalidCrossNamespaceBackendRef",
      [service("a", { namespace: "other" }), route({ rules: backend("a", ", namespace: other") })],
      /^RefNotPermitted: /,
    ],
    [
      "HTTPRouteReferenceGrant",
      [grant(), service("a", { namespace: "other" }), route({ rules: backend("a", ", namespace: other") })],
      undefined,
    ],
    [
      "a grant for this Service",
      [grant(", name: a"), service("a", { namespace: "other" }), route({ rules: backend("a", ", namespace: other") })],
      undefined,
    ],
    [
      "HTTPRouteInvalidReferenceGrant: a grant for another Service",
      [grant(", name: b"), service("a", { namespace: "other" }), route({ rules: backend("a", ", namespace: other") })],
      /^RefNotPermitted: /,
    ],
    [
      "a filter on the backend that is not supported",
      [service("a"), route({ rules: backend("a", ", filters: [{ type: CORS, cors: {} }]") })],
      /CORS is not supported/,
    ],
  ];
  for (const [name, documents, invalid] of cases) {
    test(name, () => {
      const [first] = rulesOf(snapshotOf(gateway(), ...documents))[0]?.backends ?? [];
      if (invalid === undefined) assert.equal(first?.invalid, undefined);
      else assert.match(first?.invalid ?? "", invalid);
      assert.equal(first?.weight, 1, "an invalid backend keeps its weight");
    });
  }

  test("HTTPRouteNoBackendRefs: a rule without any stays, to answer 500", () => {
    const snapshot = snapshotOf(
      gateway(),
      route({ rules: "[{ matches: [{ path: { value: /a } }] }, { backendRefs: [] }]" }),
    );
    assert.deepEqual(
      rulesOf(snapshot).map(({ backends }) => backends),
      [[], []],
    );
  });

  test("removing a grant takes the permission away", () => {
    const rest = [
      gateway(),
      service("a", { namespace: "other" }),
      route({ rules: backend("a", ", namespace: other") }),
    ].join("\n---\n");
    const before = load(`${rest}\n---\n${grant()}`);
    assert.equal(rulesOf(before.snapshot)[0]?.backends[0]?.invalid, undefined);
    assert.match(rulesOf(load(rest, before).snapshot)[0]?.backends[0]?.invalid ?? "", /RefNotPermitted/);
  });
});

describe("clusters", () => {
  test("endpoints come from slices of the Service, matched by port name, ready unless they say otherwise", () => {
    const { clusters } = snapshotOf(`
apiVersion: v1
kind: Service
metadata: { name: s }
spec: { ports: [{ name: web, port: 80, targetPort: 1 }, { name: admin, port: 81 }, { name: dns, port: 53, protocol: UDP }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: s-1, labels: { kubernetes.io/service-name: s } }
addressType: IPv4
endpoints:
  - { addresses: [10.0.0.1] }
  - { addresses: [10.0.0.2], conditions: { ready: false } }
ports: [{ name: admin, port: 9901 }, { name: web, port: 3000 }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: s-2, labels: { kubernetes.io/service-name: s } }
addressType: IPv6
endpoints: [{ addresses: ["fd00::1"] }, { addresses: [10.0.0.2] }]
ports: [{ name: web, port: 3000 }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: s-3, namespace: other, labels: { kubernetes.io/service-name: s } }
addressType: IPv4
endpoints: [{ addresses: [10.9.9.9] }]
ports: [{ name: web, port: 3000 }]`);
    assert.deepEqual([...clusters.keys()], ["default/s:80", "default/s:81"]);
    assert.deepEqual(clusters.get("default/s:80"), {
      name: "default/s:80",
      protocol: "http1",
      connectTimeout: 5000,
      ...{ tls: undefined, invalid: undefined },
      endpoints: [
        { address: "10.0.0.1", port: 3000, ready: true },
        { address: "10.0.0.2", port: 3000, ready: true },
        { address: "fd00::1", port: 3000, ready: true },
      ],
    });
    assert.deepEqual(
      clusters.get("default/s:81")?.endpoints.map(({ port, ready }) => [port, ready]),
      [
        [9901, true],
        [9901, false],
      ],
    );
  });
});

describe("appProtocol", () => {
  for (const [declared, protocol] of [
    ["kubernetes.io/h2c", "h2c"],
    ["http", "http1"],
    ["kubernetes.io/ws", "http1"],
  ] as const) {
    test(`${declared} is ${protocol}`, () => {
      const { clusters } = snapshotOf(`
apiVersion: v1
kind: Service
metadata: { name: s }
spec: { ports: [{ port: 80, appProtocol: ${declared} }] }`);
      assert.equal(clusters.get("default/s:80")?.protocol, protocol);
    });
  }
});

describe("timeouts", () => {
  const cases: readonly (readonly [text: string, request: number, perBackend: number])[] = [
    ["{}", 15_000, 0],
    ["{ request: 500ms }", 500, 0],
    ["{ request: 0s }", 0, 0],
    ["{ request: 0s, backendRequest: 1m }", 0, 60_000],
    ["{ request: 1s, backendRequest: 500ms }", 1000, 500],
  ];
  for (const [text, request, perBackend] of cases) {
    test(`${text}: ${request} ms in all, ${perBackend} ms for a backend`, () => {
      const [rule] = rulesOf(snapshotOf(gateway(), route({ rules: `[{ timeouts: ${text} }]` })));
      assert.deepEqual([rule?.requestTimeout, rule?.backendTimeout], [request, perBackend]);
    });
  }
});

describe("attaching routes", () => {
  const listeners = (allowed: string) =>
    gateway(`[{ name: http, port: 80, protocol: HTTP, hostname: a.test${allowed} }]`);
  const foreign = route({ namespace: "web", parentRefs: "[{ name: gw, namespace: default }]", rules: "[{}]" });
  const label = "---\napiVersion: v1\nkind: Namespace\nmetadata: { name: web, labels: { team: web } }";
  const cases: readonly (readonly [name: string, documents: string[], attached: boolean, warning?: RegExp])[] = [
    ["the same namespace by default", [listeners(""), route({ namespace: "default", rules: "[{}]" })], true],
    ["HTTPRouteInvalidCrossNamespaceParentRef", [listeners(""), foreign], false, /NotAllowedByListeners/],
    ["HTTPRouteCrossNamespace", [listeners(", allowedRoutes: { namespaces: { from: All } }"), foreign], true],
    [
      "by namespace label",
      [
        listeners(", allowedRoutes: { namespaces: { from: Selector, selector: { matchLabels: { team: web } } } }"),
        label,
        foreign,
      ],
      true,
    ],
    [
      "by another label",
      [
        listeners(
          ", allowedRoutes: { namespaces: { from: Selector, selector: { matchExpressions: [{ key: team, operator: NotIn, values: [web] }] } } }",
        ),
        label,
        foreign,
      ],
      false,
      /NotAllowedByListeners/,
    ],
    [
      "HTTPRouteDisallowedKind",
      [listeners(", allowedRoutes: { kinds: [{ kind: GRPCRoute }] }"), route({ rules: "[{}]" })],
      false,
      /NotAllowedByListeners/,
    ],
    [
      "HTTPRouteInvalidParentRefNotMatchingSectionName",
      [listeners(""), route({ parentRefs: "[{ name: gw, sectionName: other }]", rules: "[{}]" })],
      false,
      /NoMatchingParent/,
    ],
    [
      "HTTPRouteInvalidParentRefNotMatchingListenerPort",
      [listeners(""), route({ parentRefs: "[{ name: gw, port: 81 }]", rules: "[{}]" })],
      false,
      /NoMatchingParent/,
    ],
    [
      "hosts that do not meet",
      [listeners(""), route({ hostnames: ["b.test"], rules: "[{}]" })],
      false,
      /NoMatchingListenerHostname/,
    ],
    [
      "no such Gateway",
      [listeners(""), route({ parentRefs: "[{ name: nobody }]", rules: "[{}]" })],
      false,
      /there is no Gateway default\/nobody/,
    ],
    [
      "a Service as parent",
      [listeners(""), route({ parentRefs: '[{ group: "", kind: Service, name: s }]', rules: "[{}]" })],
      false,
      /kind Service has no effect/,
    ],
  ];
  for (const [name, documents, attached, warning] of cases) {
    test(name, () => {
      const { listeners: found, warnings } = snapshotOf(...documents.map((each) => each.replace(/^---\n/, "")));
      assert.equal(
        found.some(({ routes }) => routes.length > 0),
        attached,
      );
      if (warning === undefined) assert.deepEqual(warnings, []);
      else assert.match(warnings.join("\n"), warning);
    });
  }

  test("a listener is made for each address; of two with one address, port and host the second is left out and said so", () => {
    const twice = gateway().replace("spec: {", "spec: { addresses: [{ value: 127.0.0.1 }, { value: '::1' }],");
    const { listeners: found, warnings } = snapshotOf(
      twice,
      gateway(undefined, "gx").replace("spec: {", "spec: { addresses: [{ value: 127.0.0.1 }],"),
    );
    assert.deepEqual(
      found.map(({ name, address }) => [name, address]),
      [
        ["default/gw/http", "127.0.0.1"],
        ["default/gw/http", "::1"],
      ],
    );
    assert.deepEqual(warnings, [
      "Gateway default/gx: listener http: Conflicted: Gateway default/gw: listener http has the same address, port and hostname",
    ]);
  });

  test("a protocol that is not served is a warning, and no listener", () => {
    const { listeners: found, warnings } = snapshotOf(gateway("[{ name: tcp, port: 443, protocol: TCP }]"));
    assert.deepEqual(
      [found, warnings],
      [[], ["Gateway default/gw: listener tcp: the protocol TCP is not served yet; only HTTP and HTTPS are"]],
    );
  });
});

describe("plugins", () => {
  const target = (kind: string, name: string, more = "") =>
    `targetRefs: [{ group: gateway.networking.k8s.io, kind: ${kind}, name: ${name}${more} }]`;
  const names = (rules: string) => route({ rules });
  const ref = (name: string) =>
    `{ type: ExtensionRef, extensionRef: { group: mesh.heddle, kind: Plugin, name: ${name} } }`;

  test("run by phase, then priority, then name; named ones after attached ones; each once", () => {
    const snapshot = snapshotOf(
      gateway(),
      plugin("z-quota", `phase: traffic, ${target("HTTPRoute", "r")}`),
      plugin("a-quota", `phase: traffic, ${target("Gateway", "gw")}`),
      plugin("log", `phase: observe, priority: 99, ${target("Gateway", "gw")}`),
      plugin("jwt", `phase: authn, ${target("Gateway", "gw")}`),
      plugin("first", `phase: traffic, priority: 5, ${target("HTTPRoute", "r")}`),
      plugin("b-named", "phase: traffic"),
      plugin("a-named", "phase: traffic"),
      plugin("acl", "phase: authz"),
      names(`[{ filters: [${ref("b-named")}, ${ref("a-named")}, ${ref("acl")}, ${ref("z-quota")}] }, { name: plain }]`),
    );
    const chains = rulesOf(snapshot).map(({ plugins }) =>
      plugins.map((each) => each.replace("default/", "")).join(" "),
    );
    assert.deepEqual(chains, ["jwt acl first a-quota z-quota b-named a-named log", "jwt first a-quota z-quota log"]);
  });

  test("sectionName narrows a target to a listener or to a named rule", () => {
    const snapshot = snapshotOf(
      gateway("[{ name: one, port: 80, protocol: HTTP }, { name: two, port: 81, protocol: HTTP }]"),
      plugin("on-two", target("Gateway", "gw", ", sectionName: two")),
      plugin("on-rule", target("HTTPRoute", "r", ", sectionName: checkout")),
      names("[{ name: checkout }, { name: other }]"),
    );
    const chains = snapshot.listeners.map(({ routes }) => routes[0]?.rules.map(({ plugins }) => plugins));
    assert.deepEqual(chains, [
      [["default/on-rule"], []],
      [["default/on-rule", "default/on-two"], ["default/on-two"]],
    ]);
  });

  test("a target in another namespace is not reached", () => {
    const snapshot = snapshotOf(gateway(), plugin("p", target("Gateway", "gw"), "other"), names("[{}]"));
    assert.deepEqual(rulesOf(snapshot)[0]?.plugins, []);
    assert.match(snapshot.warnings.join(), /Plugin other\/p: there is no Gateway other\/gw for it to target/);
  });

  test("a filter that names no Plugin, or that is not supported, makes its rule answer 500", () => {
    const snapshot = snapshotOf(
      gateway(),
      names(`[{ filters: [${ref("gone")}] }, { filters: [{ type: CORS, cors: {} }] }, {}]`),
    );
    assert.deepEqual(
      rulesOf(snapshot).map(({ invalid }) => invalid),
      ["there is no Plugin default/gone", "the filter CORS is not supported", undefined],
    );
  });

  test("a Plugin refused at first sight closes what it should have guarded, and nothing else", () => {
    const documents = (failing: string) =>
      [gateway(), names("[{}]"), route({ name: "other", rules: "[{}]" }), failing].join("\n---\n");
    const guarded = load(documents(plugin("jwt", `phase: authnn, ${target("HTTPRoute", "r")}`))).snapshot;
    assert.equal(rulesOf(guarded)[0]?.invalid, "Plugin default/jwt was refused");
    assert.equal(rulesOf(guarded, "default/other")[0]?.invalid, undefined);
    const unreadable = load(documents(plugin("jwt", "targetRefs: [{ kind: HTTProute, name: r }]"))).snapshot;
    assert.equal(rulesOf(unreadable, "default/other")[0]?.invalid, "Plugin default/jwt was refused");
    const later = plugin("jwt", target("HTTPRoute", "r")).replace("mesh.heddle/v1alpha1", "mesh.heddle/v1");
    assert.equal(rulesOf(load(documents(later)).snapshot)[0]?.invalid, "Plugin default/jwt was refused");
    const named = load(documents(plugin("jwt", "phase: authnn"))).snapshot;
    assert.equal(rulesOf(named)[0]?.invalid, undefined);
  });

  test("defaults are filled in, files are found beside the document", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const { plugins, warnings } = snapshotOf(`
apiVersion: mesh.heddle/v1alpha1
kind: Plugin
metadata: { name: full }
spec:
  source: { repository: acme/full, digest: "${digest}" }
  signedBy: [acme]
  capabilities: [request]
  failurePolicy: open
  mode: shadow
  config: { a: [1, { b: null }] }
  keySets:
    - { name: f, file: keys/jwks.json }
    - { name: u, url: "https://issuer.test/jwks", refresh: 1m }
    - { name: i, jwks: { keys: [] } }
---
apiVersion: mesh.heddle/v1alpha1
kind: Plugin
metadata: { name: local }
spec: { source: { file: ./local.wasm, unsigned: true } }`);
    assert.deepEqual(plugins.get("default/full"), {
      name: "default/full",
      source: { kind: "digest", repository: "acme/full", digest },
      phase: "traffic",
      priority: 0,
      failurePolicy: "open",
      capabilities: ["request"],
      signedBy: ["acme"],
      config: '{"a":[1,{"b":null}]}',
      keySets: new Map<string, unknown>([
        ["f", { kind: "file", path: "/nowhere/keys/jwks.json" }],
        ["u", { kind: "url", url: "https://issuer.test/jwks", refreshSeconds: 60 }],
        ["i", { kind: "inline", jwks: '{"keys":[]}' }],
      ]),
      mode: "shadow",
      ...{ sensitiveHeaders: undefined, backends: [], limits: {}, logLevel: undefined, proxyWasm: undefined },
    });
    const local = plugins.get("default/local");
    assert.deepEqual(local?.source, { kind: "file", path: "/nowhere/local.wasm", digest: undefined, unsigned: true });
    assert.deepEqual(
      [local?.failurePolicy, local?.capabilities, local?.config, local?.mode],
      ["closed", undefined, "{}", "enforce"],
    );
    assert.match(warnings.join(), /signedBy names acme, whom no Trust document lists/);
  });
});

describe("trust", () => {
  test("keys of every Trust document count together", () => {
    const pem = () => generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }).toString();
    const [a, b] = [pem(), pem()];
    const document = (name: string, spec: object) =>
      JSON.stringify({ apiVersion: "mesh.heddle/v1alpha1", kind: "Trust", metadata: { name }, spec });
    const { trust } = snapshotOf(
      document("one", { publishers: [{ name: "acme", publicKey: a }] }),
      document("two", { publishers: [{ name: "acme", publicKey: b }], releasers: [{ name: "ops", publicKey: a }] }),
    );
    assert.deepEqual(trust, {
      publishers: [
        { name: "acme", publicKey: a },
        { name: "acme", publicKey: b },
      ],
      releasers: [{ name: "ops", publicKey: a }],
    });
  });
});

test("a snapshot is frozen to the last list and map", () => {
  const snapshot = snapshotOf(gateway(), service("a"), plugin("p", "config: {}"), route({ rules: backend("a") }));
  assert.throws(() => (snapshot.listeners as unknown[]).push(1), TypeError);
  assert.throws(() => (rulesOf(snapshot)[0] as unknown as { backends: unknown[] }).backends.push(1), TypeError);
  assert.throws(() => (snapshot.clusters as Map<string, unknown>).set("x", 1), TypeError);
  assert.throws(() => (snapshot.plugins as Map<string, unknown>).clear(), TypeError);
  assert.throws(
    () => Object.assign(snapshot.clusters.get("default/a:8080") as object, { connectTimeout: 1 }),
    TypeError,
  );
});
