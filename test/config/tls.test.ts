import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildSnapshot } from "../../runtime/config/build-snapshot.ts";
import { certificateFor, rsaKey } from "../certificates.ts";
import { gateway, load, snapshotOf } from "./snapshot-of.ts";

const WEB = certificateFor(["shop.test", "*.shop.test"]);
const OTHER = certificateFor(["other.test"]);
const base64 = (text: string) => Buffer.from(text).toString("base64");

interface SecretText {
  name?: string;
  namespace?: string;
  type?: string;
  data?: object;
  stringData?: object;
}

function secret({ name = "web", namespace = "default", type = "kubernetes.io/tls", ...values }: SecretText): string {
  return JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, type, ...values });
}

const pair = ({ chain, key }: { chain: string; key: string }) => ({ "tls.crt": chain, "tls.key": key });
const web = secret({ stringData: pair(WEB) });
const https = (tls = "{ certificateRefs: [{ name: web }] }", more = "") =>
  gateway(`[{ name: https, port: 443, protocol: HTTPS, tls: ${tls}${more} }]`);
const grant = (from = "Gateway", name = "") => `
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: g, namespace: certs }
spec: { from: [{ group: gateway.networking.k8s.io, kind: ${from}, namespace: default }], to: [{ group: "", kind: Secret${name} }] }`;

describe("the certificates of a listener", () => {
  test("stringData, data in base64 (also in lines), and a chain; the hosts of the leaf", () => {
    const chain = `${WEB.chain}${OTHER.chain}`;
    const lines = base64(chain).replace(/.{60}/g, "$&\n");
    for (const values of [
      { stringData: { "tls.crt": chain, "tls.key": WEB.key } },
      { data: { "tls.crt": base64(chain), "tls.key": base64(WEB.key) } },
      { data: { "tls.crt": lines, "tls.key": base64(OTHER.key) }, stringData: { "tls.key": WEB.key } },
    ]) {
      const { listeners, warnings } = snapshotOf(https(), secret(values));
      assert.deepEqual(warnings, []);
      const [certificate, ...others] = listeners[0]?.tls?.certificates ?? [];
      assert.deepEqual(others, []);
      assert.deepEqual(certificate?.hosts, ["shop.test", "*.shop.test"]);
      assert.deepEqual([certificate?.name, certificate?.chain, certificate?.key], ["default/web", chain, WEB.key]);
    }
  });

  test("several, in their order", () => {
    const { listeners } = snapshotOf(
      https("{ mode: Terminate, certificateRefs: [{ name: other }, { name: web, kind: Secret, group: '' }] }"),
      web,
      secret({ name: "other", stringData: pair(OTHER) }),
    );
    assert.deepEqual(
      listeners[0]?.tls?.certificates.map(({ name }) => name),
      ["default/other", "default/web"],
    );
  });

  test("a listener in clear text has none; a snapshot can be sent to a thread", () => {
    const snapshot = snapshotOf(gateway(), web);
    assert.equal(snapshot.listeners[0]?.tls, undefined);
    const secured = snapshotOf(https(), web);
    assert.deepEqual(structuredClone(secured.listeners), secured.listeners);
  });

  const elsewhere = "{ certificateRefs: [{ name: web, namespace: certs }] }";
  const away = secret({ namespace: "certs", stringData: pair(WEB) });
  const cases: [name: string, documents: string[], certificates: number, warning: RegExp | undefined][] = [
    ["another namespace with a grant", [https(elsewhere), away, grant()], 1, undefined],
    [
      "another namespace with a grant for the name",
      [https(elsewhere), away, grant("Gateway", ", name: web")],
      1,
      undefined,
    ],
    ["another namespace without", [https(elsewhere), away], 0, /RefNotPermitted: no ReferenceGrant in certs/],
    ["a grant for routes", [https(elsewhere), away, grant("HTTPRoute")], 0, /RefNotPermitted/],
    ["a grant for another Secret", [https(elsewhere), away, grant("Gateway", ", name: x")], 0, /RefNotPermitted/],
    ["no such Secret", [https()], 0, /InvalidCertificateRef: there is no Secret default\/web/],
    [
      "a Secret of another type",
      [https(), secret({ type: "Opaque", stringData: { a: "b" } })],
      0,
      /not of the type kubernetes\.io\/tls/,
    ],
    [
      "another kind",
      [https("{ certificateRefs: [{ name: web, kind: ConfigMap }] }"), web],
      0,
      /\/ConfigMap is not a core Secret/,
    ],
    [
      "an option",
      [https("{ certificateRefs: [{ name: web }], options: { a/b: c } }"), web],
      1,
      /the TLS option a\/b has no effect/,
    ],
  ];
  for (const [name, documents, certificates, warning] of cases) {
    test(name, () => {
      const { listeners, warnings } = snapshotOf(...documents);
      assert.equal(listeners[0]?.tls?.certificates.length, certificates);
      if (warning === undefined) assert.deepEqual(warnings, []);
      else assert.match(warnings.join("\n"), warning);
      assert.equal(/every handshake with it fails/.test(warnings.join("\n")), certificates === 0);
    });
  }

  const unserved: [name: string, documents: string[], warning: RegExp][] = [
    ["Passthrough", [https("{ mode: Passthrough }")], /the TLS mode Passthrough is not served yet; only Terminate is/],
    [
      "certificates of clients",
      [https("{ certificateRefs: [{ name: web }], frontendValidation: { caCertificateRefs: [] } }"), web],
      /certificates of clients are not validated yet, so it is not served/,
    ],
    [
      "certificates of clients, for the whole Gateway",
      [https().replace("spec: {", "spec: { tls: { frontend: { default: { validation: {} } } },"), web],
      /certificates of clients are not validated yet/,
    ],
  ];
  for (const [name, documents, warning] of unserved) {
    test(`not served, and said so: ${name}`, () => {
      const { listeners, warnings } = snapshotOf(...documents);
      assert.deepEqual(listeners, []);
      assert.match(warnings.join("\n"), warning);
    });
  }

  test("one port speaks one protocol: the older Gateway's (ProtocolConflict)", () => {
    const mixed =
      "[{ name: https, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: web }] } }, { name: http, port: 443, protocol: HTTP, hostname: a.test }]";
    const { listeners, warnings } = snapshotOf(gateway(mixed), web);
    assert.deepEqual(
      listeners.map(({ name }) => name),
      ["default/gw/https"],
    );
    assert.match(
      warnings.join("\n"),
      /listener http: ProtocolConflict: Gateway default\/gw: listener https serves HTTPS on the same address and port/,
    );
  });

  test("a certificate that has expired, or is not valid yet, is used and said so", () => {
    const { documents } = load(`${https()}\n---\n${web}`);
    const warningsAt = (now: number) => buildSnapshot(documents, { now }).warnings;
    assert.deepEqual(warningsAt(Date.now()), []);
    assert.match(
      warningsAt(Date.now() + 3 * 86_400_000).join(),
      /Secret default\/web: the certificate expired on \d{4}-/,
    );
    assert.match(warningsAt(Date.now() - 3 * 86_400_000).join(), /is not valid before \d{4}-/);
    assert.equal(buildSnapshot(documents, { now: 0 }).listeners[0]?.tls?.certificates.length, 1);
  });
});

describe("L05 a bad Secret is refused, and the last good one stays", () => {
  const encrypted = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${"A".repeat(64)}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
  const short = certificateFor(["shop.test"], { key: rsaKey(512) });
  const cases: [name: string, values: SecretText, problem: RegExp][] = [
    [
      "not PEM",
      { stringData: { ...pair(WEB), "tls.crt": "hello" } },
      /stringData\."tls\.crt": expected certificates in PEM, the host's own first, got 5 characters of something else/,
    ],
    [
      "DER",
      { data: { "tls.crt": base64("0\x82\x01"), "tls.key": base64(WEB.key) } },
      /data\."tls\.crt": expected certificates in PEM/,
    ],
    [
      "PEM of nothing",
      { stringData: { ...pair(WEB), "tls.crt": WEB.chain.replace(/\n[A-Za-z0-9+/=\n]+\n/, "\nAAAA\n") } },
      /tls\.crt": expected certificates in PEM/,
    ],
    [
      "certificate and key the wrong way round",
      { stringData: { "tls.crt": WEB.key, "tls.key": WEB.chain } },
      /tls\.crt": .* got a private key/,
    ],
    [
      "the key of another",
      { stringData: { ...pair(WEB), "tls.key": OTHER.key } },
      /stringData\."tls\.key": expected the key of the first certificate of tls\.crt, got the key of another/,
    ],
    [
      "a chain that begins with another",
      { stringData: { ...pair(WEB), "tls.crt": OTHER.chain + WEB.chain } },
      /the key of the first certificate/,
    ],
    [
      "an encrypted key",
      { stringData: { ...pair(WEB), "tls.key": encrypted } },
      /expected an unencrypted private key in PEM, got an encrypted one/,
    ],
    [
      "no key",
      { stringData: { "tls.crt": WEB.chain } },
      /expected tls\.crt and tls\.key in data or stringData for the type kubernetes\.io\/tls, got no tls\.key/,
    ],
    ["nothing", {}, /got no tls\.crt and no tls\.key/],
    ["not base64", { data: pair(WEB) }, /data\."tls\.crt": expected base64; text as it is belongs in stringData/],
    [
      "a key that is too short",
      { stringData: pair(short) },
      /tls\.crt": expected certificates that TLS takes, got some that it refuses: .*key too small/,
    ],
    [
      "a key that is no text",
      { stringData: { ...pair(WEB), "tls.key": [WEB.key] } },
      /stringData\."tls\.key": expected a text, got something else/,
    ],
    [
      "values that are no object",
      { stringData: WEB.key as never },
      /stringData: expected an object, got something else/,
    ],
  ];
  for (const [name, values, problem] of cases) {
    test(name, () => {
      const before = load(`${https()}\n---\n${web}`);
      const after = load(`${https()}\n---\n${secret(values)}`, before);
      const text = after.rejected.flatMap(({ problems }) => problems).join("\n");
      assert.match(text, problem);
      assert.match(text, /Secret default\/web: /);
      assert.equal(after.rejected[0]?.kept, true);
      assert.deepEqual(after.snapshot.listeners[0]?.tls, before.snapshot.listeners[0]?.tls);
      assert.doesNotMatch(text, /BEGIN|MIGH/);
    });
  }
});

describe("what a Gateway may not say", () => {
  const cases: [listener: string, problem: RegExp][] = [
    ["protocol: HTTPS", /spec\.listeners\[0\]\.tls: expected certificateRefs for the protocol HTTPS, got nothing/],
    ["protocol: HTTPS, tls: {}", /tls\.certificateRefs: expected at least 1 entry, got nothing/],
    [
      "protocol: HTTPS, tls: { certificateRefs: [] }",
      /tls\.certificateRefs: expected at least 1 entry, got a list of 0/,
    ],
    [
      "protocol: HTTPS, tls: { mode: Terminte, certificateRefs: [{ name: a }] }",
      /tls\.mode: expected Terminate \| Passthrough, got "Terminte"/,
    ],
    ["protocol: HTTPS, tls: { certificateRefs: [{ nam: a }] }", /certificateRefs\[0\]/],
    [
      "protocol: HTTP, tls: { certificateRefs: [{ name: a }] }",
      /spec\.listeners\[0\]\.tls: expected no tls beside the protocol HTTP/,
    ],
  ];
  for (const [listener, problem] of cases) {
    test(listener, () => {
      const { rejected } = load(gateway(`[{ name: a, port: 443, ${listener} }]`));
      assert.match(rejected.flatMap(({ problems }) => problems).join("\n"), problem);
    });
  }
});
