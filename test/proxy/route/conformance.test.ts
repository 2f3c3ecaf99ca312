import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gateway, route, service, snapshotOf } from "../../config/snapshot-of.ts";
import { type Ask, backendOf, routerOf } from "./ask.ts";

type Row = readonly [ask: Ask, backend: string | undefined];

interface Case {
  /** ShortName of the Gateway API conformance test whose subject this is; the requests are our own. */
  readonly name: string;
  readonly gateway?: string;
  readonly routes: readonly string[];
  readonly port?: number;
  readonly rows: readonly Row[];
}

const services = ["v1", "v2", "v3", "v4"].map((name) => service(name)).join("\n---\n");
const to = (name: string) => `backendRefs: [{ name: ${name}, port: 8080 }]`;

const CASES: readonly Case[] = [
  {
    name: "HTTPRouteSimpleSameNamespace",
    routes: [route({ rules: `[{ ${to("v1")} }]` })],
    rows: [
      [{ target: "/" }, "v1"],
      [{ target: "/any/where?x=1", method: "DELETE" }, "v1"],
    ],
  },
  {
    name: "HTTPRouteExactPathMatching",
    routes: [
      route({
        rules: `[{ matches: [{ path: { type: Exact, value: /one } }], ${to("v1")} },
                 { matches: [{ path: { type: Exact, value: /two } }], ${to("v2")} }]`,
      }),
    ],
    rows: [
      [{ target: "/one" }, "v1"],
      [{ target: "/two" }, "v2"],
      [{ target: "/" }, undefined],
      [{ target: "/one/example" }, undefined],
      [{ target: "/two/" }, undefined],
      [{ target: "/Two" }, undefined],
      [{ target: "/two?q" }, "v2"],
      [{ target: "/x/../%74wo" }, "v2"],
      [{ target: "/two;v=1" }, undefined],
    ],
  },
  {
    name: "HTTPRouteMatching",
    routes: [
      route({
        rules: `[{ matches: [{ path: { type: PathPrefix, value: / } }, { headers: [{ name: version, value: one }] }], ${to("v1")} },
                 { matches: [{ path: { type: PathPrefix, value: /v2 } }, { headers: [{ name: version, value: two }] }], ${to("v2")} }]`,
      }),
    ],
    rows: [
      [{ target: "/" }, "v1"],
      [{ target: "/example" }, "v1"],
      [{ target: "/", headers: { Version: "one" } }, "v1"],
      [{ target: "/v2" }, "v2"],
      [{ target: "/v2/" }, "v2"],
      [{ target: "/v2/example" }, "v2"],
      [{ target: "/", headers: { Version: "two" } }, "v2"],
      [{ target: "/v2example" }, "v1"],
      [{ target: "/foo/v2/example" }, "v1"],
      [{ target: "/v2;jsessionid=1/x" }, "v2"],
    ],
  },
  {
    name: "HTTPRoutePathMatchOrder",
    routes: [
      route({
        rules: `[{ matches: [{ path: { type: PathPrefix, value: /match } }], ${to("v3")} },
                 { matches: [{ path: { type: PathPrefix, value: /match/prefix/one/ } }], ${to("v2")} },
                 { matches: [{ path: { type: PathPrefix, value: /match/exact } }], ${to("v3")} },
                 { matches: [{ path: { type: Exact, value: /match/exact/one } }], ${to("v1")} },
                 { matches: [{ path: { type: Exact, value: /match/exact } }], ${to("v4")} },
                 { matches: [{ path: { type: PathPrefix, value: /match/prefix } }], ${to("v4")} }]`,
      }),
    ],
    rows: [
      [{ target: "/match/exact/one" }, "v1"],
      [{ target: "/match/exact" }, "v4"],
      [{ target: "/match/exact/two" }, "v3"],
      [{ target: "/match/prefix/one" }, "v2"],
      [{ target: "/match/prefix/one/any" }, "v2"],
      [{ target: "/match/prefix/two" }, "v4"],
      [{ target: "/match/any" }, "v3"],
      [{ target: "/none" }, undefined],
    ],
  },
  {
    name: "HTTPRouteHeaderMatching",
    routes: [
      route({
        rules: `[{ matches: [{ headers: [{ name: version, value: one }] }], ${to("v1")} },
                 { matches: [{ headers: [{ name: VERSION, value: two }] }], ${to("v2")} },
                 { matches: [{ headers: [{ name: version, value: two }, { name: color, value: orange }] }], ${to("v1")} },
                 { matches: [{ headers: [{ name: color, value: blue }] }, { headers: [{ name: color, value: green }] }], ${to("v1")} },
                 { matches: [{ headers: [{ name: color, value: red }] }, { headers: [{ name: color, value: yellow }] }], ${to("v2")} },
                 { matches: [{ headers: [{ name: build, value: "[0-9]+", type: RegularExpression }] }], ${to("v3")} },
                 { matches: [{ headers: [{ name: list, value: "a,b" }, { name: LIST, value: never }] }], ${to("v4")} }]`,
      }),
    ],
    rows: [
      [{ headers: { Version: "one" } }, "v1"],
      [{ headers: { vErSiOn: "two" } }, "v2"],
      [{ headers: { version: "two", color: "orange" } }, "v1"],
      [{ headers: { version: "two", color: "pink" } }, "v2"],
      [{ headers: { color: "blue" } }, "v1"],
      [{ headers: { color: "green" } }, "v1"],
      [{ headers: { color: "red" } }, "v2"],
      [{ headers: { color: "yellow" } }, "v2"],
      [{ headers: { version: "one", color: "red" } }, "v1"],
      [{ headers: { color: "purple" } }, undefined],
      [{ headers: { color: "Blue" } }, undefined],
      [{ headers: {} }, undefined],
      [{ headers: { build: "42" } }, "v3"],
      [{ headers: { build: "42a" } }, undefined],
      [{ headers: { list: ["a", "b"] } }, "v4"],
      [{ headers: { list: "a" } }, undefined],
    ],
  },
  {
    name: "HTTPRouteMatchingAcrossRoutes",
    routes: [
      route({
        name: "part-1",
        hostnames: ["example.com", "example.net"],
        rules: `[{ matches: [{ path: { value: / } }, { headers: [{ name: version, value: one }] }], ${to("v1")} }]`,
      }),
      route({
        name: "part-2",
        hostnames: ["example.com"],
        rules: `[{ matches: [{ path: { value: /v2 } }, { headers: [{ name: version, value: two }] }], ${to("v2")} }]`,
      }),
    ],
    rows: [
      [{ host: "example.com", target: "/" }, "v1"],
      [{ host: "example.com", target: "/", headers: { version: "one" } }, "v1"],
      [{ host: "example.net", target: "/v2" }, "v1"],
      [{ host: "example.net", target: "/", headers: { version: "two" } }, "v1"],
      [{ host: "example.com", target: "/v2" }, "v2"],
      [{ host: "example.com", target: "/v2/example" }, "v2"],
      [{ host: "example.com", target: "/v2example" }, "v1"],
      [{ host: "example.com", target: "/foo", headers: { version: "two" } }, "v2"],
      [{ host: "example.org", target: "/" }, undefined],
    ],
  },
  {
    name: "HTTPRouteHostnameIntersection",
    gateway: gateway(`[
      { name: a, port: 80, protocol: HTTP, hostname: very.specific.com },
      { name: b, port: 80, protocol: HTTP, hostname: "*.wildcard.io" },
      { name: c, port: 80, protocol: HTTP, hostname: "*.anotherwildcard.io" }]`),
    routes: [
      route({
        name: "specific-host",
        hostnames: ["non.matching.com", "*.nonmatchingwildcard.io", "very.specific.com"],
        rules: `[{ matches: [{ path: { value: /s1 } }], ${to("v1")} }, { matches: [{ path: { value: /s3 } }], ${to("v3")} }]`,
      }),
      route({
        name: "wildcard-matches-listener",
        hostnames: ["non.matching.com", "wildcard.io", "foo.wildcard.io", "bar.wildcard.io", "foo.bar.wildcard.io"],
        rules: `[{ matches: [{ path: { value: /s2 } }], ${to("v2")} }, { matches: [{ path: { value: /s1 } }], ${to("v1")} }]`,
      }),
      route({
        name: "listener-wildcard",
        hostnames: ["*.anotherwildcard.io"],
        rules: `[{ matches: [{ path: { value: /s1 } }], ${to("v1")} }, { matches: [{ path: { value: /s2 } }], ${to("v2")} }]`,
      }),
      route({
        name: "no-intersection",
        hostnames: ["specific.but.wrong.com", "wildcard.io"],
        rules: `[{ matches: [{ path: { value: /s4 } }], ${to("v4")} }]`,
      }),
    ],
    rows: [
      [{ host: "very.specific.com", target: "/s1" }, "v1"],
      [{ host: "very.specific.com", target: "/s3" }, "v3"],
      [{ host: "very.specific.com:1234", target: "/s1" }, "v1"],
      [{ host: "VERY.Specific.com.", target: "/s1" }, "v1"],
      [{ host: "very.specific.com", target: "/non-matching" }, undefined],
      [{ host: "non.matching.com", target: "/s1" }, undefined],
      [{ host: "foo.nonmatchingwildcard.io", target: "/s1" }, undefined],
      [{ host: "foo.wildcard.io", target: "/s2" }, "v2"],
      [{ host: "bar.wildcard.io", target: "/s1" }, "v1"],
      [{ host: "foo.bar.wildcard.io", target: "/s2" }, "v2"],
      [{ host: "foo.wildcard.io:8080", target: "/s2" }, "v2"],
      [{ host: "wildcard.io", target: "/s2" }, undefined],
      [{ host: "wildcard.io", target: "/s4" }, undefined],
      [{ host: "baz.wildcard.io", target: "/s2" }, undefined],
      [{ host: "one.anotherwildcard.io", target: "/s1" }, "v1"],
      [{ host: "one.two.three.anotherwildcard.io", target: "/s2" }, "v2"],
      [{ host: "anotherwildcard.io", target: "/s1" }, undefined],
      [{ host: "xanotherwildcard.io", target: "/s1" }, undefined],
      [{ host: "specific.but.wrong.com", target: "/s4" }, undefined],
    ],
  },
  {
    name: "HTTPRouteListenerHostnameMatching",
    gateway: gateway(`[
      { name: one, port: 80, protocol: HTTP, hostname: bar.com },
      { name: two, port: 80, protocol: HTTP, hostname: foo.bar.com },
      { name: three, port: 80, protocol: HTTP, hostname: "*.bar.com" },
      { name: four, port: 80, protocol: HTTP, hostname: "*.foo.com" }]`),
    routes: [
      route({ name: "v1", parentRefs: "[{ name: gw, sectionName: one }]", rules: `[{ ${to("v1")} }]` }),
      route({ name: "v2", parentRefs: "[{ name: gw, sectionName: two }]", rules: `[{ ${to("v2")} }]` }),
      route({
        name: "v3",
        parentRefs: "[{ name: gw, sectionName: three }, { name: gw, sectionName: four }]",
        rules: `[{ ${to("v3")} }]`,
      }),
    ],
    rows: [
      [{ host: "bar.com" }, "v1"],
      [{ host: "foo.bar.com" }, "v2"],
      [{ host: "baz.bar.com" }, "v3"],
      [{ host: "boo.bar.com" }, "v3"],
      [{ host: "multiple.prefixes.bar.com" }, "v3"],
      [{ host: "multiple.prefixes.foo.com" }, "v3"],
      [{ host: "foo.com" }, undefined],
      [{ host: "no.matching.host" }, undefined],
    ],
  },
  {
    name: "GatewayHTTPListenerIsolation",
    gateway: gateway(`[
      { name: all, port: 80, protocol: HTTP },
      { name: com, port: 80, protocol: HTTP, hostname: "*.example.com" },
      { name: foo, port: 80, protocol: HTTP, hostname: "*.foo.example.com" },
      { name: abc, port: 80, protocol: HTTP, hostname: abc.foo.example.com }]`),
    routes: ["all", "com", "foo", "abc"].map((name, index) =>
      route({
        name,
        parentRefs: `[{ name: gw, sectionName: ${name} }]`,
        rules: `[{ matches: [{ path: { value: /${name} } }], ${to(`v${index + 1}`)} }]`,
      }),
    ),
    rows: [
      [{ host: "bar.com", target: "/all" }, "v1"],
      [{ host: "bar.com", target: "/com" }, undefined],
      [{ host: "bar.example.com", target: "/com" }, "v2"],
      [{ host: "bar.example.com", target: "/all" }, undefined],
      [{ host: "bar.example.com", target: "/foo" }, undefined],
      [{ host: "bar.foo.example.com", target: "/foo" }, "v3"],
      [{ host: "bar.foo.example.com", target: "/com" }, undefined],
      [{ host: "bar.foo.example.com", target: "/abc" }, undefined],
      [{ host: "abc.foo.example.com", target: "/abc" }, "v4"],
      [{ host: "abc.foo.example.com", target: "/foo" }, undefined],
      [{ host: "abc.foo.example.com", target: "/all" }, undefined],
    ],
  },
  {
    name: "HTTPRouteListenerPortMatching",
    gateway: gateway(`[
      { name: a, port: 80, protocol: HTTP }, { name: b, port: 8080, protocol: HTTP, hostname: foo.com },
      { name: c, port: 8080, protocol: HTTP, hostname: bar.com }]`),
    port: 8080,
    routes: [
      route({ name: "v1", parentRefs: "[{ name: gw, port: 80 }]", rules: `[{ ${to("v1")} }]` }),
      route({ name: "v2", parentRefs: "[{ name: gw, port: 8080, sectionName: b }]", rules: `[{ ${to("v2")} }]` }),
      route({
        name: "v3",
        parentRefs: "[{ name: gw, port: 8080 }]",
        hostnames: ["bar.com"],
        rules: `[{ ${to("v3")} }]`,
      }),
      route({ name: "v4", parentRefs: "[{ name: gw, port: 80, sectionName: b }]", rules: `[{ ${to("v4")} }]` }),
    ],
    rows: [
      [{ host: "foo.com:8080" }, "v2"],
      [{ host: "bar.com" }, "v3"],
      [{ host: "baz.com" }, undefined],
    ],
  },
  {
    name: "HTTPRouteMultipleGateways",
    gateway: [gateway(undefined, "gw"), gateway("[{ name: http, port: 81, protocol: HTTP }]", "other")].join("\n---\n"),
    port: 81,
    routes: [
      route({
        name: "shared",
        parentRefs: "[{ name: gw }, { name: other }]",
        rules: `[{ matches: [{ path: { value: /shared } }], ${to("v1")} }]`,
      }),
      route({ name: "first", rules: `[{ matches: [{ path: { value: /first } }], ${to("v2")} }]` }),
      route({
        name: "second",
        parentRefs: "[{ name: other }]",
        rules: `[{ matches: [{ path: { value: /second } }], ${to("v3")} }]`,
      }),
    ],
    rows: [
      [{ target: "/shared" }, "v1"],
      [{ target: "/first" }, undefined],
      [{ target: "/second" }, "v3"],
    ],
  },
  {
    name: "HTTPRouteMethodMatching",
    routes: [
      route({
        rules: `[{ matches: [{ method: POST }], ${to("v1")} },
                 { matches: [{ method: GET }], ${to("v2")} },
                 { matches: [{ path: { value: /path1 }, method: GET }], ${to("v1")} },
                 { matches: [{ headers: [{ name: version, value: one }], method: PUT }], ${to("v2")} },
                 { matches: [{ path: { value: /path2 }, headers: [{ name: version, value: two }], method: POST }], ${to("v3")} },
                 { matches: [{ path: { value: /path5 } }], ${to("v1")} },
                 { matches: [{ headers: [{ name: version, value: five }], method: PATCH }], ${to("v2")} },
                 { matches: [{ path: { value: /path3 }, method: PATCH }], ${to("v1")} },
                 { matches: [{ path: { value: /path3 }, headers: [{ name: version, value: four }] }], ${to("v2")} }]`,
      }),
    ],
    rows: [
      [{ method: "POST" }, "v1"],
      [{ method: "GET" }, "v2"],
      [{ method: "HEAD" }, undefined],
      [{ method: "get" }, undefined],
      [{ method: "GET", target: "/path1" }, "v1"],
      [{ method: "PUT", headers: { version: "one" } }, "v2"],
      [{ method: "PUT" }, undefined],
      [{ method: "POST", target: "/path2", headers: { version: "two" } }, "v3"],
      [{ method: "POST", target: "/path2" }, "v1"],
      [{ method: "PATCH", target: "/path5", headers: { version: "five" } }, "v1"],
      [{ method: "PATCH", target: "/path3", headers: { version: "four" } }, "v1"],
      [{ method: "DELETE", target: "/path3", headers: { version: "four" } }, "v2"],
    ],
  },
  {
    name: "HTTPRouteQueryParamMatching",
    routes: [
      route({
        rules: `[{ matches: [{ queryParams: [{ name: animal, value: whale }] }], ${to("v1")} },
                 { matches: [{ queryParams: [{ name: animal, value: dolphin }] }], ${to("v2")} },
                 { matches: [{ queryParams: [{ name: animal, value: dolphin }, { name: color, value: blue }] }, { queryParams: [{ name: ANIMAL, value: Whale }] }], ${to("v3")} },
                 { matches: [{ path: { value: /path1 }, queryParams: [{ name: animal, value: whale }] }], ${to("v4")} },
                 { matches: [{ headers: [{ name: version, value: one }], queryParams: [{ name: animal, value: whale }] }], ${to("v2")} },
                 { matches: [{ path: { value: /path5 } }], ${to("v1")} },
                 { matches: [{ queryParams: [{ name: animal, value: shark }], path: { value: /path5 } }], ${to("v2")} },
                 { matches: [{ queryParams: [{ name: n, value: "[0-9]{2,}", type: RegularExpression }, { name: n, value: x }] }], ${to("v3")} },
                 { matches: [{ queryParams: [{ name: "a b", value: "c&d" }] }], ${to("v4")} },
                 { matches: [{ queryParams: [{ name: flag, value: "" }] }], ${to("v4")} }]`,
      }),
    ],
    rows: [
      [{ target: "/?animal=whale" }, "v1"],
      [{ target: "/?animal=dolphin" }, "v2"],
      [{ target: "/?animal=whale&otherparam=irrelevant" }, "v1"],
      [{ target: "/?animal=dolphin&color=yellow" }, "v2"],
      [{ target: "/?animal=dolphin&color=blue" }, "v3"],
      [{ target: "/?ANIMAL=Whale" }, "v3"],
      [{ target: "/?animal=whale&animal=dolphin" }, "v1"],
      [{ target: "/?animal=dolphin&animal=whale" }, "v2"],
      [{ target: "/?animal%3Dwhale" }, undefined],
      [{ target: "/?anim%61l=wh%61le" }, "v1"],
      [{ target: "/path1?animal=whale" }, "v4"],
      [{ target: "/?animal=whale", headers: { version: "one" } }, "v2"],
      [{ target: "/path5?animal=shark" }, "v2"],
      [{ target: "/path5?animal=whale" }, "v1"],
      [{ target: "/?color=blue" }, undefined],
      [{ target: "/?animal=dog" }, undefined],
      [{ target: "/?animal=whaledolphin" }, undefined],
      [{ target: "/" }, undefined],
      [{ target: "/?n=42" }, "v3"],
      [{ target: "/?n=4" }, undefined],
      [{ target: "/?a%20b=c%26d" }, "v4"],
      [{ target: "/?a+b=c%26d" }, undefined],
      [{ target: "/?flag" }, "v4"],
      [{ target: "/?flag=%zz" }, undefined],
    ],
  },
  {
    name: "HTTPRouteNamedRule",
    routes: [
      route({ rules: `[{ name: named, matches: [{ path: { value: /named } }], ${to("v1")} }, { ${to("v2")} }]` }),
    ],
    rows: [
      [{ target: "/named" }, "v1"],
      [{ target: "/unnamed" }, "v2"],
    ],
  },
];

for (const { name, gateway: gateways = gateway(), routes, port = 80, rows } of CASES) {
  describe(name, () => {
    const router = routerOf(snapshotOf(gateways, services, ...routes), port);
    for (const [ask, backend] of rows) {
      test(`${JSON.stringify(ask)} goes to ${backend ?? "nobody"}`, () =>
        assert.equal(backendOf(router, ask), backend));
    }
  });
}
