import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Listener, RouteMatch, RouteRule } from "../../../runtime/config/snapshot.ts";
import { type Candidate, comparePrecedence, createCandidate } from "../../../runtime/proxy/route/precedence.ts";
import { createRouter } from "../../../runtime/proxy/route/router.ts";
import { gateway, route, service, snapshotOf } from "../../config/snapshot-of.ts";
import { type Ask, backendOf, requestOf, routerOf } from "./ask.ts";

const services = ["v1", "v2", "v3"].map((name) => service(name)).join("\n---\n");
const to = (name: string) => `backendRefs: [{ name: ${name}, port: 8080 }]`;
const first = (routes: readonly string[], ask: Ask) =>
  backendOf(routerOf(snapshotOf(gateway(), services, ...routes)), ask);

describe("ties between routes", () => {
  const rules = (backend: string) => `[{ ${to(backend)} }]`;

  test("the oldest route wins", () => {
    const routes = [
      route({ name: "a", created: "2026-02-01T00:00:00Z", rules: rules("v1") }),
      route({ name: "b", created: "2026-01-01T00:00:00Z", rules: rules("v2") }),
    ];
    assert.equal(first(routes, {}), "v2");
  });

  test("a route without a time is younger than any with one", () => {
    const routes = [
      route({ name: "a", rules: rules("v1") }),
      route({ name: "b", created: "2026-01-01T00:00:00Z", rules: rules("v2") }),
    ];
    assert.equal(first(routes, {}), "v2");
  });

  test("then the first name in alphabetical order, wherever it stands", () => {
    const routes = [route({ name: "b", rules: rules("v2") }), route({ name: "a", rules: rules("v1") })];
    assert.equal(first(routes, {}), "v1");
  });

  test("then the first rule of the document", () => {
    assert.equal(first([route({ rules: `[{ ${to("v2")} }, { ${to("v1")} }]` })], {}), "v2");
  });
});

describe("regular expressions of paths", () => {
  const rules = `[{ matches: [{ path: { type: PathPrefix, value: /users/special } }], ${to("v1")} },
    { matches: [{ path: { type: RegularExpression, value: "/users/[a-z]+" } }], ${to("v2")} },
    { matches: [{ path: { type: Exact, value: /users/root } }], ${to("v3")} }]`;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["/users/root", "v3"],
    ["/users/ann", "v2"],
    ["/users/special", "v2"],
    ["/users/special/x", "v1"],
    ["/users/ann/x", undefined],
    ["/x/users/ann", undefined],
  ];
  for (const [target, want] of rows) {
    test(`${target} goes to ${want}: after Exact, before PathPrefix, and for the whole path`, () =>
      assert.equal(first([route({ rules })], { target }), want));
  }

  test("G04: an expression that makes backtracking engines hang costs next to nothing", () => {
    const evil = `[{ matches: [{ path: { type: RegularExpression, value: "/(a+)+" } }], ${to("v1")} }]`;
    const router = routerOf(snapshotOf(gateway(), services, route({ rules: evil })));
    const start = process.cpuUsage();
    for (let time = 0; time < 20; time++) backendOf(router, { target: `/${"a".repeat(8000)}!` });
    const { user } = process.cpuUsage(start);
    assert.ok(user < 1_000_000, `${user} microseconds of processor time`);
  });
});

describe("hostnames of routes", () => {
  const hosts = [
    route({ name: "every", rules: `[{ matches: [{ path: { value: /long/path } }], ${to("v1")} }]` }),
    route({
      name: "wild",
      hostnames: ["*.example.com"],
      rules: `[{ matches: [{ path: { value: /long } }], ${to("v2")} }]`,
    }),
    route({
      name: "exact",
      hostnames: ["a.example.com"],
      rules: `[{ matches: [{ path: { value: /lo } }, { path: { value: /long/path }, method: PUT }], ${to("v3")} }]`,
    }),
  ];
  const rows: readonly (readonly [Ask, string | undefined])[] = [
    [{ host: "a.example.com", target: "/long/path", method: "PUT" }, "v3"],
    [{ host: "a.example.com", target: "/lo" }, "v3"],
    [{ host: "b.example.com", target: "/long/path" }, "v2"],
    [{ host: "a.example.com", target: "/long/path" }, "v2"],
    [{ host: "example.com", target: "/long/path" }, "v1"],
    [{ host: "b.example.com", target: "/other" }, undefined],
    [{ host: "a..example.com", target: "/long/path" }, undefined],
    [{ host: "", target: "/long/path" }, undefined],
  ];
  for (const [ask, want] of rows) {
    test(`${JSON.stringify(ask)}: the more specific hostname goes before the better path, ${want}`, () =>
      assert.equal(first(hosts, ask), want));
  }
});

const listener: Listener = {
  name: "l",
  port: 80,
  address: "127.0.0.1",
  hostname: undefined,
  tls: undefined,
  routes: [],
};

const valueMatch = fc.record({
  type: fc.constantFrom("Exact" as const, "RegularExpression" as const),
  name: fc.constantFrom("a", "A", "b"),
  value: fc.constantFrom("1", "2"),
});
const match: fc.Arbitrary<RouteMatch> = fc.record({
  path: fc.record({
    type: fc.constantFrom("Exact" as const, "PathPrefix" as const, "RegularExpression" as const),
    value: fc.constantFrom("/", "/a", "/a/", "/a/b", "/b", "/a/b/c"),
  }),
  method: fc.constantFrom(undefined, "GET", "POST"),
  headers: fc.array(valueMatch, { maxLength: 2 }),
  queryParams: fc.array(valueMatch, { maxLength: 2 }),
});
const routeSpec = fc.record({
  name: fc.constantFrom("default/a", "default/b", "other/a"),
  age: fc.constantFrom(1, 2, Number.MAX_SAFE_INTEGER),
  rules: fc.array(fc.array(match, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
});

function ruleOf(name: string, matches: readonly RouteMatch[]): RouteRule {
  const nothing = { filters: [], backends: [], plugins: [], invalid: undefined };
  return { name, matches, ...nothing, requestTimeout: 0, backendTimeout: 0 };
}

/** Routes with unique names, as the configuration guarantees. */
const routes = fc.uniqueArray(routeSpec, { selector: ({ name }) => name, maxLength: 3, minLength: 1 }).map((specs) =>
  specs.map(({ name, age, rules }) => ({
    name,
    age,
    hostnames: [],
    rules: rules.map((matches, index) => ruleOf(`${name}/${index}`, matches)),
  })),
);

function candidatesOf(specs: Listener["routes"]): Candidate[] {
  return specs.flatMap((each) =>
    each.rules.flatMap((rule, ruleIndex) =>
      rule.matches.map((one, matchIndex) =>
        createCandidate({ rule, route: each, match: one, listener, plan: undefined }, ruleIndex, matchIndex),
      ),
    ),
  );
}

const ask: fc.Arbitrary<Ask> = fc.record({
  target: fc.constantFrom("/", "/a", "/a/", "/a/b", "/ab", "/a/b/c/d", "/b;x", "/a;x/b", "/?a=1", "/a?a=2&b=1&A=1"),
  method: fc.constantFrom("GET", "POST", "PUT"),
  headers: fc.constantFrom<Record<string, string>>({}, { a: "1" }, { A: "2", b: "1" }),
});

describe("precedence", () => {
  test("is a total order: no two matches tie, and sorting does not depend on where they began", () => {
    fc.assert(
      fc.property(routes, fc.infiniteStream(fc.nat()), (specs, order) => {
        const candidates = candidatesOf(specs);
        for (const a of candidates) {
          for (const b of candidates) {
            const ab = Math.sign(comparePrecedence(a, b));
            assert.equal(ab, -Math.sign(comparePrecedence(b, a)) + 0);
            assert.equal(ab === 0, a === b);
          }
        }
        const shuffled = candidates
          .map((candidate) => ({ candidate, key: order.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ candidate }) => candidate);
        assert.deepEqual(
          shuffled.sort(comparePrecedence).map((each) => each.matched),
          candidates.sort(comparePrecedence).map((each) => each.matched),
        );
      }),
      { numRuns: 200 },
    );
  });

  test("the router finds what trying every match in order would find", () => {
    fc.assert(
      fc.property(routes, ask, (specs, wanted) => {
        const request = requestOf(wanted);
        const found = createRouter([{ ...listener, routes: specs }]).match(request);
        const expected = candidatesOf(specs)
          .sort(comparePrecedence)
          .find((each) => matchesPlainly(each.matched.match, wanted));
        assert.equal(found?.match, expected?.matched.match);
      }),
      { numRuns: 1000 },
    );
  });
});

/** The definition of a match, written as plainly as it can be. */
function matchesPlainly(
  { path, method, headers, queryParams }: RouteMatch,
  { target = "/", method: asked, headers: given }: Ask,
) {
  const [bare = "", query = ""] = target.split("?");
  const trimmed = path.value.replace(/\/$/, "");
  const under = (text: string) => text === trimmed || `${text}/`.startsWith(`${trimmed}/`);
  const pathFits = path.type === "PathPrefix" ? under(bare) || under(bare.replace(/;[^/]*/g, "")) : bare === path.value;
  const fields = Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const params = Object.fromEntries(query.split("&").map((pair) => pair.split("=")));
  const firstOf = (name: string, list: RouteMatch["headers"], fold: (text: string) => string) =>
    list.find((each) => fold(each.name) === fold(name));
  const headersFit = headers.every(({ name }) => {
    const own = firstOf(name, headers, (text) => text.toLowerCase());
    return fields[name.toLowerCase()] === own?.value;
  });
  const queryFits = queryParams.every(({ name }) => params[name] === firstOf(name, queryParams, String)?.value);
  return pathFits && (method === undefined || method === asked) && headersFit && queryFits;
}

describe("cost", () => {
  test("matching does not become dearer with the number of rules", () => {
    const many = (count: number) => {
      const rules = Array.from({ length: count }, (_, index) =>
        ruleOf(`default/r/${index}`, [
          {
            path: { type: index % 2 ? "Exact" : "PathPrefix", value: `/svc/${index}` },
            method: undefined,
            headers: [],
            queryParams: [],
          },
        ]),
      );
      return createRouter([{ ...listener, routes: [{ name: "default/r", age: 1, hostnames: [], rules }] }]);
    };
    const router = many(20_000);
    let probes = 0;
    const request = requestOf({ target: "/svc/19998/x" });
    const counted = {
      ...request,
      get path() {
        probes++;
        return request.path;
      },
    };
    assert.equal(router.match(counted)?.rule.name, "default/r/19998");
    assert.equal(probes, 1, "no rule looks at the path by itself");
  });
});
