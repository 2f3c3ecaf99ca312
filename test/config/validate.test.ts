import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { load, snapshotOf } from "./snapshot-of.ts";

const GATEWAY_API = "gateway.networking.k8s.io/v1";

/** A document on one line of flow YAML, so that every expectation is about fields and not about lines. */
function document(kind: string, spec: string, { apiVersion = GATEWAY_API, metadata = "{ name: x }" } = {}): string {
  return `{ apiVersion: ${apiVersion}, kind: ${kind}, metadata: ${metadata}, ${spec} }`;
}

const rules = (text: string) => document("HTTPRoute", `spec: { rules: [${text}] }`);
const filter = (text: string) => rules(`{ filters: [${text}] }`);
const match = (text: string) => rules(`{ matches: [${text}] }`);
const plugin = (text: string) => document("Plugin", `spec: { ${text} }`, { apiVersion: "mesh.heddle/v1alpha1" });
const trust = (text: string) => document("Trust", `spec: { ${text} }`, { apiVersion: "mesh.heddle/v1alpha1" });

/** What `check` would print, without file, position and document. */
function problemsOf(text: string): string[] {
  return load(text).rejected.flatMap(({ problems }) =>
    problems.map((problem) => problem.replace(/^mesh\.yaml:\d+:\d+: (?:[A-Z][A-Za-z]+ (?:[a-z]+\/)?x: )?/, "")),
  );
}

type Row = readonly [text: string, ...problems: string[]];

const ROWS: readonly Row[] = [
  // the envelope
  ["just text", 'expected an object with apiVersion and kind, got "just text"'],
  ["[1]", "expected an object with apiVersion and kind, got a list of 1"],
  [
    document("HTTPRoute", "spec: {}", { metadata: "{}" }),
    "HTTPRoute: metadata.name: expected a name of lower-case letters, digits, '-' and '.', at most 253, got nothing",
  ],
  [
    document("HTTPRoute", "spec: {}", { metadata: "{ name: Shop }" }),
    "HTTPRoute default/Shop: metadata.name: expected a name of lower-case letters, digits, '-' and '.', at most 253, got \"Shop\"",
  ],
  [
    document("HTTPRoute", "spec: {}, extra: 1"),
    'extra: expected one of apiVersion, kind, metadata, status, spec, got the unknown field "extra"',
  ],
  [document("HTTPRoute", "status: {}"), "spec: expected an object, got nothing"],
  // HTTPRoute: fields
  [
    match("{ path: { type: Prefix } }"),
    'spec.rules[0].matches[0].path.type: expected Exact | PathPrefix | RegularExpression, got "Prefix"',
  ],
  [
    match("{ mehtod: GET }"),
    'spec.rules[0].matches[0].mehtod: expected one of path, method, headers, queryParams, got the unknown field "mehtod"',
  ],
  [match("{ metod: GET }"), 'spec.rules[0].matches[0].metod: expected method, got the unknown field "metod"'],
  [
    match("{ method: get }"),
    'spec.rules[0].matches[0].method: expected GET | HEAD | POST | PUT | DELETE | CONNECT | OPTIONS | TRACE | PATCH, got "get"',
  ],
  [
    match("{ path: { value: a } }"),
    'spec.rules[0].matches[0].path.value: expected an absolute path (starting with /), got "a"',
  ],
  [
    match("{ path: { value: /a//b } }"),
    'spec.rules[0].matches[0].path.value: expected an absolute path without "//", got "/a//b"',
  ],
  [
    match("{ path: { value: /a/.. } }"),
    'spec.rules[0].matches[0].path.value: expected an absolute path without "/..", got "/a/.."',
  ],
  [
    match("{ path: { value: /a%2fb } }"),
    'spec.rules[0].matches[0].path.value: expected an absolute path without "%2f", got "/a%2fb"',
  ],
  [
    match('{ path: { type: RegularExpression, value: "/(a" } }'),
    'spec.rules[0].matches[0].path.value: expected a regular expression in RE2 syntax, got "/(a" (error parsing regexp: missing closing ): `/(a`)',
  ],
  [
    match('{ headers: [{ type: RegularExpression, name: a, value: "(a)\\\\1" }] }'),
    'spec.rules[0].matches[0].headers[0].value: expected a regular expression in RE2 syntax, got "(a)\\\\1" (error parsing regexp: invalid escape sequence: `\\1`)',
  ],
  [
    match('{ queryParams: [{ type: RegularExpression, name: a, value: "[ab]{999}[cd]{999}[ef]{999}" }] }'),
    'spec.rules[0].matches[0].queryParams[0].value: expected a regular expression in RE2 syntax, got "[ab]{999}[cd]{999}[ef]{999}" (too costly: 2999 instructions, at most 2000)',
  ],
  [
    match('{ headers: [{ name: "a b", value: x }] }'),
    'spec.rules[0].matches[0].headers[0].name: expected a header name (RFC 9110 token), got "a b"',
  ],
  [
    rules("{ backendRefs: [{ name: a }] }"),
    "spec.rules[0].backendRefs[0].port: expected the port of the Service, got nothing",
  ],
  [
    rules("{ backendRefs: [{ name: a, port: 0, weight: -1 }] }"),
    "spec.rules[0].backendRefs[0].port: expected a port from 1 to 65535, got 0",
    "spec.rules[0].backendRefs[0].weight: expected a whole number from 0 to 1000000, got -1",
  ],
  [
    rules("{ timeouts: { request: 10 } }"),
    "spec.rules[0].timeouts.request: expected a duration such as 10s, 1h30m or 500ms, got 10",
  ],
  [
    rules("{ timeouts: { request: 1s, backendRequest: 2s } }"),
    'spec.rules[0].timeouts.backendRequest: expected at most timeouts.request (1s), got "2s"',
  ],
  [rules("{ name: a }, { name: a }"), 'spec.rules[1]: expected each rule name only once, got "a" again'],
  [
    document("HTTPRoute", 'spec: { hostnames: ["A.test", "1.2.*"] }'),
    'spec.hostnames[0]: expected a lower-case host name such as shop.example.com or *.example.com, got "A.test"',
    'spec.hostnames[1]: expected a lower-case host name such as shop.example.com or *.example.com, got "1.2.*"',
  ],
  // HTTPRoute: filters
  [
    filter("{ type: Nonsense }"),
    'spec.rules[0].filters[0].type: expected RequestHeaderModifier | ResponseHeaderModifier | RequestRedirect | URLRewrite | RequestMirror | CORS | ExternalAuth | ExtensionRef, got "Nonsense"',
  ],
  [
    filter("{ type: URLRewrite }"),
    "spec.rules[0].filters[0].urlRewrite: expected the settings of URLRewrite, got nothing",
  ],
  [
    filter("{ type: URLRewrite, urlRewrite: {}, requestRedirect: {} }"),
    "spec.rules[0].filters[0].requestRedirect: expected only urlRewrite for the type URLRewrite, got requestRedirect",
  ],
  [
    filter("{ type: URLRewrite, urlRewrite: {} }, { type: URLRewrite, urlRewrite: {} }"),
    'spec.rules[0].filters[1]: expected each type of filter only once, got "URLRewrite" again',
  ],
  [
    filter("{ type: URLRewrite, urlRewrite: {} }, { type: RequestRedirect, requestRedirect: {} }"),
    "spec.rules[0].filters: expected either RequestRedirect or URLRewrite, got both",
  ],
  [
    filter("{ type: RequestRedirect, requestRedirect: { statusCode: 200 } }"),
    "spec.rules[0].filters[0].requestRedirect.statusCode: expected 301 | 302 | 303 | 307 | 308, got 200",
  ],
  [
    filter('{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: a, value: "x\\r\\ny" }] } }'),
    'spec.rules[0].filters[0].requestHeaderModifier.set[0].value: expected a header value without control characters, at most 4096, got "x\\r\\ny"',
  ],
  [
    filter("{ type: RequestHeaderModifier, requestHeaderModifier: { remove: [Content-Length] } }"),
    'spec.rules[0].filters[0].requestHeaderModifier.remove[0]: expected a header that does not frame the message, got "Content-Length"',
  ],
  [
    filter("{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: Host, value: a }] } }"),
    'spec.rules[0].filters[0].requestHeaderModifier.set[0].name: expected a header other than host (URLRewrite.hostname sets it), got "Host"',
  ],
  [
    filter(
      "{ type: ResponseHeaderModifier, responseHeaderModifier: { add: [{ name: a, value: x }, { name: A, value: y }] } }",
    ),
    'spec.rules[0].filters[0].responseHeaderModifier.add[1]: expected each header name only once, got "a" again',
  ],
  [
    filter("{ type: URLRewrite, urlRewrite: { path: { type: ReplaceFullPath } } }"),
    "spec.rules[0].filters[0].urlRewrite.path.replaceFullPath: expected the new path, got nothing",
  ],
  [
    filter("{ type: URLRewrite, urlRewrite: { path: { type: ReplaceFullPath, replaceFullPath: /a?b } } }"),
    'spec.rules[0].filters[0].urlRewrite.path.replaceFullPath: expected an absolute path without query or dot segments, got "/a?b"',
  ],
  [
    filter("{ type: ExtensionRef, extensionRef: { group: example.org, kind: Plugin, name: a } }"),
    'spec.rules[0].filters[0].extensionRef.group: expected mesh.heddle, got "example.org"',
  ],
  [
    rules(
      "{ matches: [{ path: { type: Exact, value: /a } }], filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: / } } }] }",
    ),
    "spec.rules[0].matches: expected exactly one match, of type PathPrefix, for ReplacePrefixMatch, got a list of 1",
  ],
  [
    rules("{ filters: [{ type: RequestRedirect, requestRedirect: {} }], backendRefs: [{ name: a, port: 1 }] }"),
    "spec.rules[0].backendRefs: expected no backendRefs beside a RequestRedirect filter, got some",
  ],
  // Gateway
  [document("Gateway", "spec: { listeners: [] }"), "spec.listeners: expected at least 1 entry, got a list of 0"],
  [
    document("Gateway", "spec: { listeners: [{ name: a, port: 70000, protocol: HTTP }] }"),
    "spec.listeners[0].port: expected a port from 1 to 65535, got 70000",
  ],
  [
    document(
      "Gateway",
      "spec: { listeners: [{ name: a, port: 1, protocol: HTTP }, { name: a, port: 2, protocol: HTTP }] }",
    ),
    'spec.listeners[1]: expected each listener name only once, got "a" again',
  ],
  [
    document(
      "Gateway",
      "spec: { addresses: [{ type: Hostname, value: a }], listeners: [{ name: a, port: 1, protocol: HTTP }] }",
    ),
    'spec.addresses[0].type: expected IPAddress, got "Hostname"',
  ],
  [
    document(
      "Gateway",
      "spec: { addresses: [{ value: localhost }], listeners: [{ name: a, port: 1, protocol: HTTP }] }",
    ),
    'spec.addresses[0].value: expected an IP address, got "localhost"',
  ],
  // core kinds
  [
    document("Service", "spec: { prots: [] }", { apiVersion: "v1" }),
    'spec.prots: expected one of ports, selector, clusterIP, clusterIPs, type, externalIPs, externalName, externalTrafficPolicy, healthCheckNodePort, internalTrafficPolicy, ipFamilies, ipFamilyPolicy, loadBalancerIP, loadBalancerClass, loadBalancerSourceRanges, allocateLoadBalancerNodePorts, publishNotReadyAddresses, sessionAffinity, sessionAffinityConfig, trafficDistribution, got the unknown field "prots"',
  ],
  [
    document("EndpointSlice", "addressType: IPv5, endpoints: []", { apiVersion: "discovery.k8s.io/v1" }),
    'addressType: expected IPv4 | IPv6 | FQDN, got "IPv5"',
  ],
  // ours
  [plugin("source: {}"), "spec.source: expected either repository or file, got neither"],
  [plugin("source: { repository: a/b, file: x.wasm }"), "spec.source: expected either repository or file, got both"],
  [
    plugin("source: { repository: a/b, unsigned: true }"),
    "spec.source.unsigned: expected no unsigned beside repository: what comes from a registry is always signed, got true",
  ],
  [
    plugin("source: { repository: A/b, digest: sha256:1 }"),
    'spec.source.repository: expected a repository such as acme/rate-limit, got "A/b"',
    'spec.source.digest: expected sha256: and 64 lower-case hex digits, got "sha256:1"',
  ],
  [
    plugin("source: { repository: a }, failurePolicy: maybe, phase: early, mode: off"),
    'spec.failurePolicy: expected closed | open | previous, got "maybe"',
    'spec.phase: expected authn | authz | traffic | observe, got "early"',
    'spec.mode: expected enforce | shadow, got "off"',
  ],
  [
    plugin("source: { repository: a }, keySets: [{ name: k }, { name: k, file: a, url: http://b }]"),
    "spec.keySets[0]: expected one of file, url and jwks, got 0",
    'spec.keySets[1]: expected each key set only once, got "k" again',
    "spec.keySets[1]: expected one of file, url and jwks, got 2",
  ],
  [
    plugin("source: { repository: a }, limits: { memory: 16MB, headTimeout: 1s, share: 2, calls: -1, headTimeot: 1s }"),
    'spec.limits.memory: expected a size in bytes such as 16Mi, 512Ki or 4096, got "16MB"',
    'spec.limits.headTimeout: expected from 1ms to 75ms, got "1s"',
    "spec.limits.share: expected a share of a thread's time from 0.01 to 1, got 2",
    "spec.limits.calls: expected a whole number from 0 to 1000, got -1",
    'spec.limits.headTimeot: expected headTimeout, got the unknown field "headTimeot"',
  ],
  [
    plugin("source: { repository: a }, limits: { memory: 32Ki, bodyBytes: 1Gi }"),
    'spec.limits.memory: expected from 64Ki to 1Gi, got "32Ki"',
    'spec.limits.bodyBytes: expected from 0 to 256Mi, got "1Gi"',
  ],
  [
    plugin('source: { repository: a }, backends: [users, "http://users:80"], sensitiveHeaders: [x-token]'),
    'spec.backends[0]: expected a port of a Service, such as users:80 or accounts/users:80, got "users"',
    'spec.backends[1]: expected a port of a Service, such as users:80 or accounts/users:80, got "http://users:80"',
    'spec.sensitiveHeaders[0]: expected authorization | cookie | proxy-authorization | set-cookie | x-forwarded-client-cert, got "x-token"',
  ],
  [
    plugin("source: { repository: a }, proxyWasm: { type: tcp, root: a, clusters: { users: users } }"),
    'spec.proxyWasm.type: expected http | background, got "tcp"',
    'spec.proxyWasm.root: expected one of type, pluginRootId, vmId, vmConfig, environment, allowOnHeadersStopIteration, clusters, got the unknown field "root"',
    'spec.proxyWasm.clusters.users: expected a port of a Service, such as users:80 or accounts/users:80, got "users"',
  ],
  [
    document("PluginConfig", "spec: { config: [] }", { apiVersion: "mesh.heddle/v1alpha1" }),
    "spec.plugin: expected a name of lower-case letters, digits, '-' and '.', at most 253, got nothing",
    "spec.config: expected an object or a text, got a list of 0",
  ],
  [
    plugin("source: { repository: a }, targetRefs: [{ kind: Service, name: a }]"),
    'spec.targetRefs[0].kind: expected Gateway | HTTPRoute, got "Service"',
  ],
  [trust("publishers: [{ name: a }]"), "spec.publishers[0]: expected either publicKey or publicKeyFile, got neither"],
  [
    trust("releasers: [{ name: a, publicKey: nonsense }]"),
    "spec.releasers[0].publicKey: expected a P-256 or Ed25519 public key in PEM, got this text (not a key)",
  ],
];

describe("what a document may not be", () => {
  for (const [text, ...problems] of ROWS) {
    test(problems[0] as string, () => assert.deepEqual(problemsOf(text), problems));
  }

  test("kinds that Heddle does not know are refused by name, with those that it knows", () => {
    const [rejection] = load("{ apiVersion: apps/v1, kind: Deployment, metadata: { name: x } }").rejected;
    assert.equal(rejection?.code, "CONFIG_KIND");
    assert.match(
      rejection?.problems[0] ?? "",
      /^mesh\.yaml:1:\d+: Deployment x: kind: expected one of Gateway \(.*, got "Deployment" of "apps\/v1"$/,
    );
  });

  test("every bad field is reported at once, in the order of the file, each with its line and column", () => {
    const { rejected } = load(`
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop }
spec:
  rules:
    - matches:
        - path: { type: Prefix, value: / }
        - path: { value: users }
      timeouts:
        request: soon
      backendRefs:
        - name: users
  hostname: shop.test
`);
    assert.deepEqual(rejected, [
      {
        file: "mesh.yaml",
        line: 2,
        document: "HTTPRoute default/shop",
        code: "CONFIG_INVALID",
        kept: false,
        problems: [
          'mesh.yaml:8:25: HTTPRoute default/shop: spec.rules[0].matches[0].path.type: expected Exact | PathPrefix | RegularExpression, got "Prefix"',
          'mesh.yaml:9:26: HTTPRoute default/shop: spec.rules[0].matches[1].path.value: expected an absolute path (starting with /), got "users"',
          'mesh.yaml:11:18: HTTPRoute default/shop: spec.rules[0].timeouts.request: expected a duration such as 10s, 1h30m or 500ms, got "soon"',
          "mesh.yaml:13:11: HTTPRoute default/shop: spec.rules[0].backendRefs[0].port: expected the port of the Service, got nothing",
          'mesh.yaml:14:3: HTTPRoute default/shop: spec.hostname: expected hostnames, got the unknown field "hostname"',
        ],
      },
    ]);
  });

  for (const [name, pair] of Object.entries({
    "a key on another curve": generateKeyPairSync("ec", { namedCurve: "secp384r1" }),
    "an RSA key": generateKeyPairSync("rsa", { modulusLength: 1024 }),
  })) {
    test(`${name} cannot be trusted`, () => {
      const pem = JSON.stringify(pair.publicKey.export({ type: "spki", format: "pem" }));
      assert.match(
        problemsOf(trust(`publishers: [{ name: a, publicKey: ${pem} }]`))[0] ?? "",
        /expected a P-256 or Ed25519/,
      );
    });
  }

  test("a private key in a Trust document is called by its name, and not shown", () => {
    const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const [problem] = problemsOf(trust(`publishers: [{ name: a, publicKey: ${JSON.stringify(pem)} }]`));
    assert.match(problem ?? "", /got a private key, which does not belong here$/);
  });
});

describe("what a cluster would hand over is accepted as it is", () => {
  const manifests = {
    "a Gateway with status and managed fields": `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: gw
  uid: 0000
  resourceVersion: "12"
  annotations: { kubectl.kubernetes.io/last-applied-configuration: "{}" }
  managedFields: [{ manager: kubectl }]
spec:
  gatewayClassName: any
  infrastructure: { labels: { a: b } }
  listeners:
    - name: https
      protocol: HTTPS
      port: 443
      hostname: "*.wildcard.org"
      allowedRoutes: { namespaces: { from: Selector, selector: { matchLabels: { team: web } } }, kinds: [{ kind: HTTPRoute }] }
      tls: { certificateRefs: [{ group: "", kind: Secret, name: cert }] }
status: { conditions: [{ type: Accepted, status: "True" }], listeners: [] }`,
    "a v1beta1 route with every filter and experimental fields": `
apiVersion: gateway.networking.k8s.io/v1beta1
kind: HTTPRoute
metadata: { name: r, creationTimestamp: null }
spec:
  parentRefs: [{ group: gateway.networking.k8s.io, kind: Gateway, name: gw, sectionName: https, port: 443 }]
  rules:
    - filters:
        - { type: RequestMirror, requestMirror: { backendRef: { name: m, port: 80 }, percent: 20 } }
        - { type: CORS, cors: { allowOrigins: ["https://a.test"] } }
      retry: { codes: [500], attempts: 2, backoff: 100ms }
      sessionPersistence: { type: Cookie }
      timeouts: { request: 0s, backendRequest: 5s }`,
    "a Service and its slice as the API server writes them": `
apiVersion: v1
kind: Service
metadata: { name: s }
spec:
  type: ClusterIP
  clusterIP: 10.0.0.1
  clusterIPs: [10.0.0.1]
  internalTrafficPolicy: Cluster
  ipFamilies: [IPv4]
  ipFamilyPolicy: SingleStack
  selector: { app: s }
  sessionAffinity: None
  ports: [{ name: http, port: 80, protocol: TCP, targetPort: http, appProtocol: kubernetes.io/h2c }]
status: { loadBalancer: {} }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: s-1, labels: { kubernetes.io/service-name: s }, ownerReferences: [] }
addressType: IPv4
endpoints:
  - { addresses: [10.1.0.1], conditions: { ready: true, serving: true, terminating: null }, nodeName: n, zone: z, targetRef: { kind: Pod } }
ports: [{ name: http, port: 3000, protocol: TCP, appProtocol: http }]`,
    "GatewayClass, Namespace and ReferenceGrant": `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: any }
spec: { controllerName: example.org/any }
---
apiVersion: v1
kind: Namespace
metadata: { name: web, labels: { team: web } }
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: g, namespace: web }
spec: { from: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default }], to: [{ group: "", kind: Service }] }`,
  };
  for (const [name, text] of Object.entries(manifests)) test(name, () => void snapshotOf(text));
});
