import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Cluster } from "../../runtime/config/snapshot.ts";
import { authority, certificateFor } from "../certificates.ts";
import { gateway, load, snapshotOf } from "./snapshot-of.ts";

const CA = authority("CA");
const NEXT = authority("Next CA");
const LEAF = certificateFor(["app.test"], { issuer: CA });

interface ServiceText {
  readonly name?: string;
  readonly namespace?: string;
  readonly appProtocol?: string;
}

/** With a port `web`, 80, and a port `admin`, 81. */
function service({ name = "app", namespace = "default", appProtocol }: ServiceText = {}): string {
  const ports = [
    { name: "web", port: 80, ...(appProtocol && { appProtocol }) },
    { name: "admin", port: 81 },
  ];
  return JSON.stringify({ apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec: { ports } });
}

function configMap(data: object = { "ca.crt": CA.chain }, name = "ca", namespace = "default"): string {
  return JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data });
}

interface PolicyText {
  readonly name?: string;
  readonly namespace?: string;
  readonly apiVersion?: string;
  readonly created?: string;
  readonly targetRefs?: unknown;
  readonly validation?: object;
  readonly options?: object;
}

const target = (more: object = {}) => ({ group: "", kind: "Service", name: "app", ...more });
const caRef = (more: object = {}) => ({ group: "", kind: "ConfigMap", name: "ca", ...more });

function policy(given: PolicyText = {}): string {
  const { name = "app", namespace = "default", created, targetRefs = [target()], validation, ...more } = given;
  return JSON.stringify({
    ...{ apiVersion: more.apiVersion ?? "gateway.networking.k8s.io/v1", kind: "BackendTLSPolicy" },
    metadata: { name, namespace, ...(created && { creationTimestamp: created }) },
    spec: {
      targetRefs,
      validation: { caCertificateRefs: [caRef()], hostname: "app.test", ...validation },
      ...(more.options && { options: more.options }),
    },
  });
}

const nameless = () => policy().replace('{"name":"app",', "{");

/** What a policy says, by the number of the port. */
function portsOf(clusters: ReadonlyMap<string, Cluster>): Record<string, string | undefined> {
  const said = ({ tls, invalid }: Cluster) => tls?.policy ?? invalid;
  return Object.fromEntries([...clusters.values()].map((each) => [each.name.split(":")[1], said(each)]));
}

describe("a BackendTLSPolicy", () => {
  test("what it says is in the cluster", () => {
    const { clusters, warnings } = snapshotOf(service(), configMap(), policy());
    assert.deepEqual(warnings, []);
    assert.deepEqual(clusters.get("default/app:80")?.tls, {
      ...{ policy: "default/app", trusted: [CA.chain.trimEnd()], serverName: "app.test" },
      names: [{ type: "Hostname", value: "app.test" }],
    });
    assert.equal(clusters.get("default/app:80")?.invalid, undefined);
    assert.equal(clusters.get("default/app:81")?.tls?.policy, "default/app");
  });

  test("also of v1alpha3; a snapshot can be sent to a thread", () => {
    const { clusters } = snapshotOf(
      service(),
      configMap(),
      policy({ apiVersion: "gateway.networking.k8s.io/v1alpha3" }),
    );
    const sent = structuredClone(clusters.get("default/app:80"));
    assert.deepEqual(sent, clusters.get("default/app:80"));
    assert.equal(sent?.tls?.serverName, "app.test");
  });

  test("several authorities, each once, and text around them", () => {
    const data = { "ca.crt": `# ours\n${CA.chain}\n# theirs\n${NEXT.chain}${CA.chain}` };
    const refs = [caRef(), caRef({ name: "more" })];
    const { clusters } = snapshotOf(
      service(),
      configMap(data),
      configMap(undefined, "more"),
      policy({ validation: { caCertificateRefs: refs } }),
    );
    assert.deepEqual(clusters.get("default/app:80")?.tls?.trusted, [CA.chain.trimEnd(), NEXT.chain.trimEnd()]);
  });

  test("the machine's authorities", () => {
    const validation = { caCertificateRefs: undefined, wellKnownCACertificates: "System" };
    const { clusters } = snapshotOf(service(), policy({ validation }));
    assert.equal(clusters.get("default/app:80")?.tls?.trusted, "system");
  });

  test("subjectAltNames take the place of the hostname, which is still asked for", () => {
    const subjectAltNames = [
      { type: "Hostname", hostname: "*.app.test" },
      { type: "URI", uri: "spiffe://mesh.test/app" },
    ];
    const { clusters } = snapshotOf(service(), configMap(), policy({ validation: { subjectAltNames } }));
    const tls = clusters.get("default/app:80")?.tls;
    assert.equal(tls?.serverName, "app.test");
    assert.deepEqual(tls?.names, [
      { type: "Hostname", value: "*.app.test" },
      { type: "URI", value: "spiffe://mesh.test/app" },
    ]);
  });

  for (const [appProtocol, protocol] of [
    ["kubernetes.io/h2c", "h2c"],
    ["h2", "h2c"],
    ["https", "http1"],
    ["kubernetes.io/wss", "http1"],
    ["http", "http1"],
  ]) {
    test(`over TLS appProtocol ${appProtocol} is ${protocol}`, () => {
      const { clusters } = snapshotOf(service({ appProtocol: appProtocol as string }), configMap(), policy());
      const cluster = clusters.get("default/app:80");
      assert.deepEqual([cluster?.protocol, cluster?.tls?.policy], [protocol, "default/app"]);
    });
  }
});

describe("never in clear text", () => {
  for (const appProtocol of ["https", "h2", "kubernetes.io/wss"]) {
    test(`appProtocol ${appProtocol} without a policy`, () => {
      const { clusters, warnings } = snapshotOf(service({ appProtocol }));
      const invalid = `its port says appProtocol ${appProtocol}, and no BackendTLSPolicy says whom to trust`;
      assert.deepEqual(portsOf(clusters), { 80: invalid, 81: undefined });
      assert.deepEqual(warnings, [`backend default/app:80 answers 503: ${invalid}`]);
    });
  }

  const cases: [name: string, documents: string[], invalid: RegExp][] = [
    ["no such ConfigMap", [policy()], /InvalidCACertificateRef: there is no ConfigMap default\/ca$/],
    [
      "a ConfigMap of another namespace",
      [configMap(undefined, "ca", "other"), policy()],
      /InvalidCACertificateRef: there is no ConfigMap default\/ca$/,
    ],
    [
      "a ConfigMap without ca.crt",
      [configMap({ "ca.pem": CA.chain }), policy()],
      /InvalidCACertificateRef: ConfigMap default\/ca has no ca\.crt$/,
    ],
    [
      "another kind",
      [policy({ validation: { caCertificateRefs: [caRef({ kind: "Secret" })] } })],
      /InvalidKind: \/Secret is not a core ConfigMap$/,
    ],
    [
      "other well-known authorities",
      [policy({ validation: { caCertificateRefs: undefined, wellKnownCACertificates: "example.com/ours" } })],
      /Invalid: wellKnownCACertificates example\.com\/ours is not known; only System is$/,
    ],
  ];
  for (const [name, documents, invalid] of cases) {
    test(name, () => {
      const { clusters, warnings } = snapshotOf(service(), ...documents);
      const cluster = clusters.get("default/app:80");
      assert.equal(cluster?.tls, undefined);
      assert.match(cluster?.invalid ?? "", /^NoValidCACertificate: BackendTLSPolicy default\/app: /);
      assert.match(cluster?.invalid ?? "", invalid);
      assert.ok(warnings.includes(`backend default/app:80 answers 503: ${cluster?.invalid}`));
    });
  }

  test("one authority of two is there: it counts, and the other is a warning", () => {
    const validation = { caCertificateRefs: [caRef({ name: "gone" }), caRef()] };
    const { clusters, warnings } = snapshotOf(service(), configMap(), policy({ validation }));
    assert.deepEqual(clusters.get("default/app:80")?.tls?.trusted, [CA.chain.trimEnd()]);
    assert.deepEqual(warnings, [
      "BackendTLSPolicy default/app: InvalidCACertificateRef: there is no ConfigMap default/gone",
    ]);
  });

  const unreadable: [name: string, targetRefs: unknown, ports: Record<string, boolean>][] = [
    ["its Service", [target()], { 80: true, 81: true }],
    ["a port of it", [target({ sectionName: "web" })], { 80: true, 81: false }],
    ["another Service", [target({ name: "other" })], { 80: false, 81: false }],
    ["something that cannot be read", "app", { 80: true, 81: true }],
    ["entries that cannot be read", [3], { 80: true, 81: true }],
  ];
  for (const [name, targetRefs, blocked] of unreadable) {
    test(`a policy that is refused, and names ${name}`, () => {
      const bad = policy({ targetRefs, validation: { hostname: "*.app.test" } });
      const { snapshot, rejected } = load([service(), configMap(), bad].join("\n---\n"));
      assert.equal(rejected.length, 1);
      const said = portsOf(snapshot.clusters);
      const refused = "BackendTLSPolicy default/app was refused, so whom to trust is not known";
      for (const [port, is] of Object.entries(blocked)) assert.equal(said[port], is ? refused : undefined);
    });
  }

  test("a policy of a version that is not known shuts its Service, after a reload as well", () => {
    const text = [service(), configMap(), policy({ apiVersion: "gateway.networking.k8s.io/v1alpha2" })].join("\n---\n");
    const first = load(text);
    for (const { snapshot, rejected } of [first, load(text, first)]) {
      assert.equal(rejected[0]?.code, "CONFIG_KIND");
      const refused = "BackendTLSPolicy default/app was refused, so whom to trust is not known";
      assert.deepEqual(portsOf(snapshot.clusters), { 80: refused, 81: refused });
    }
  });

  test("a policy without a name shuts its Service, after a reload as well, and beside a good one of the same file", () => {
    const other = policy({ name: "other", targetRefs: [target({ name: "another" })] });
    const text = [service(), configMap(), other, nameless()].join("\n---\n");
    const first = load(text);
    for (const { snapshot, rejected } of [first, load(text, first)]) {
      assert.deepEqual([rejected[0]?.code, rejected[0]?.kept], ["CONFIG_INVALID", false]);
      const refused = "BackendTLSPolicy default/(without a name) was refused, so whom to trust is not known";
      assert.deepEqual(portsOf(snapshot.clusters), { 80: refused, 81: refused });
    }
  });

  test("a policy that loses its name keeps its last good version", () => {
    const before = load([service(), configMap(), policy()].join("\n---\n"));
    const after = load([service(), configMap(), nameless()].join("\n---\n"), before);
    assert.equal(after.rejected[0]?.kept, true);
    assert.deepEqual(portsOf(after.snapshot.clusters), { 80: "default/app", 81: "default/app" });
  });

  test("a policy that becomes bad keeps its last good version", () => {
    const before = load([service(), configMap(), policy()].join("\n---\n"));
    const bad = policy({ validation: { hostname: "" } });
    const after = load([service(), configMap(), bad].join("\n---\n"), before);
    assert.equal(after.rejected[0]?.kept, true);
    assert.deepEqual(portsOf(after.snapshot.clusters), { 80: "default/app", 81: "default/app" });
  });
});

test("a certificate that a Gateway would show to backends is a warning", () => {
  const given = gateway().replace("spec: {", "spec: { tls: { backend: { clientCertificateRef: { name: gw } } },");
  const { warnings } = snapshotOf(given);
  assert.deepEqual(warnings, [
    "Gateway default/gw: spec.tls.backend has no effect yet: backends are shown no certificate",
  ]);
});

describe("which policy counts", () => {
  const cases: [name: string, policies: string[], ports: Record<string, string | undefined>, warning?: RegExp][] = [
    [
      "one for a port",
      [policy({ targetRefs: [target({ sectionName: "admin" })] })],
      { 80: undefined, 81: "default/app" },
    ],
    [
      "the port's before the Service's, whatever their age",
      [
        policy({ name: "old", created: "2020-01-01T00:00:00Z" }),
        policy({ name: "new", created: "2024-01-01T00:00:00Z", targetRefs: [target({ sectionName: "web" })] }),
      ],
      { 80: "default/new", 81: "default/old" },
    ],
    [
      "the oldest",
      [policy({ name: "a", created: "2024-01-01T00:00:00Z" }), policy({ name: "b", created: "2023-01-01T00:00:00Z" })],
      { 80: "default/b", 81: "default/b" },
      /^BackendTLSPolicy default\/a: Conflicted: BackendTLSPolicy default\/b names the same target and goes before it$/,
    ],
    [
      "of the same age the first by name",
      [policy({ name: "b" }), policy({ name: "a" })],
      { 80: "default/a", 81: "default/a" },
      /^BackendTLSPolicy default\/b: Conflicted/,
    ],
    [
      "the oldest for a port",
      [
        policy({ name: "a", targetRefs: [target({ sectionName: "web" }), target({ sectionName: "admin" })] }),
        policy({ name: "b", created: "2023-01-01T00:00:00Z", targetRefs: [target({ sectionName: "web" })] }),
      ],
      { 80: "default/b", 81: "default/a" },
      /^BackendTLSPolicy default\/a: Conflicted/,
    ],
    [
      "of another namespace",
      [policy({ namespace: "other" })],
      { 80: undefined, 81: undefined },
      /TargetNotFound: there is no Service other\/app/,
    ],
    [
      "no such port",
      [policy({ targetRefs: [target({ sectionName: "tls" })] })],
      { 80: undefined, 81: undefined },
      /TargetNotFound: Service default\/app has no port named tls/,
    ],
    [
      "another kind",
      [policy({ targetRefs: [target({ group: "mesh.heddle", kind: "Plugin" })] })],
      { 80: undefined, 81: undefined },
      /InvalidKind: mesh\.heddle\/Plugin is not a core Service/,
    ],
    [
      "an option",
      [policy({ options: { "example.com/version": "1.3" } })],
      { 80: "default/app", 81: "default/app" },
      /the TLS option example\.com\/version has no effect/,
    ],
  ];
  for (const [name, policies, ports, warning] of cases) {
    test(name, () => {
      const { clusters, warnings } = snapshotOf(
        service(),
        configMap(),
        configMap(undefined, "ca", "other"),
        ...policies,
      );
      assert.deepEqual(portsOf(clusters), ports);
      if (warning === undefined) assert.deepEqual(warnings, []);
      else assert.match(warnings.join("\n"), new RegExp(warning.source, "m"));
    });
  }

  test("one that comes first and cannot be applied is not gone around", () => {
    const { clusters } = snapshotOf(
      service(),
      configMap(),
      policy({ name: "a", validation: { caCertificateRefs: [caRef({ name: "gone" })] } }),
      policy({ name: "b" }),
    );
    assert.match(clusters.get("default/app:80")?.invalid ?? "", /^NoValidCACertificate: BackendTLSPolicy default\/a/);
  });
});

describe("what a BackendTLSPolicy may not say", () => {
  const names = (...subjectAltNames: object[]) => ({ validation: { subjectAltNames } });
  const cases: [name: string, given: PolicyText, problem: RegExp][] = [
    ["no targets", { targetRefs: [] }, /spec\.targetRefs: expected at least 1 entry/],
    ["a target twice", { targetRefs: [target(), target()] }, /targetRefs\[1\]: expected each target only once/],
    [
      "a Service and a port of it",
      { targetRefs: [target(), target({ sectionName: "web" })] },
      /targetRefs\[0\]\.sectionName: expected a port's name, as in the other entry for this Service, got nothing/,
    ],
    ["a target without a group", { targetRefs: [{ kind: "Service", name: "app" }] }, /targetRefs\[0\]\.group/],
    [
      "a wildcard",
      { validation: { hostname: "*.app.test" } },
      /hostname: expected a lower-case host name without wild/,
    ],
    ["no hostname", { validation: { hostname: undefined } }, /spec\.validation\.hostname/],
    [
      "no authorities",
      { validation: { caCertificateRefs: undefined } },
      /spec\.validation: expected either caCertificateRefs or wellKnownCACertificates, got neither/,
    ],
    ["an empty list", { validation: { caCertificateRefs: [] } }, /got neither/],
    ["both", { validation: { wellKnownCACertificates: "System" } }, /wellKnownCACertificates, got both/],
    ["an unknown field", { validation: { insecure: true } }, /spec\.validation\.insecure/],
    [
      "a Hostname that is a URI",
      names({ type: "Hostname", uri: "a://b" }),
      /\[0\]: expected hostname and nothing else/,
    ],
    ["a URI and a hostname", names({ type: "URI", uri: "a://b", hostname: "b" }), /expected uri and .*, got both/],
    ["an empty name", names({ type: "URI" }), /expected uri and nothing else for the type URI, got neither/],
    [
      "a URI without a host",
      names({ type: "URI", uri: "/app" }),
      /\.uri: expected an absolute URI with a host, got "\/app"/,
    ],
    ["another type", names({ type: "IP" }), /\.type: expected Hostname \| URI, got "IP"/],
  ];
  for (const [name, given, problem] of cases) {
    test(name, () => {
      const { rejected } = load(policy(given));
      assert.match(rejected.flatMap(({ problems }) => problems).join("\n"), problem);
    });
  }
});

describe("a ConfigMap", () => {
  test("of anything else is nobody's business", () => {
    const { warnings } = snapshotOf(configMap({ "app.properties": "ca.crt", "ca.pem": "-" }), configMap({}, "empty"));
    assert.deepEqual(warnings, []);
  });

  const broken = CA.chain.replace(/\n[A-Za-z0-9+/=\n]+\n/, "\nAAAA\n");
  const cases: [name: string, text: string, got: RegExp][] = [
    ["no PEM", "hello", /got 5 characters of something else/],
    ["PEM of nothing", broken, /got number 1 of them is none/],
    ["one good and one bad", CA.chain + broken, /got number 2 of them is none/],
    ["a key", LEAF.chain + LEAF.key, /got a private key, which does not belong here/],
  ];
  for (const [name, text, got] of cases) {
    test(`L05 ca.crt with ${name} is refused, and the last good one stays`, () => {
      const before = load([service(), configMap(), policy()].join("\n---\n"));
      const after = load([service(), configMap({ "ca.crt": text }), policy()].join("\n---\n"), before);
      const problems = after.rejected.flatMap((each) => each.problems).join("\n");
      assert.match(
        problems,
        /ConfigMap default\/ca: data\."ca\.crt": expected certificates in PEM that TLS takes, got /,
      );
      assert.match(problems, got);
      assert.doesNotMatch(problems, /BEGIN|MIG/);
      assert.deepEqual(after.snapshot.clusters.get("default/app:80")?.tls?.trusted, [CA.chain.trimEnd()]);
    });
  }
});
