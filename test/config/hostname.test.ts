import assert from "node:assert/strict";
import { test } from "node:test";
import { hostMatches, routeHostnames } from "../../runtime/config/hostname.ts";

const HOSTS: readonly (readonly [pattern: string | undefined, host: string, matches: boolean])[] = [
  [undefined, "any.test", true],
  ["a.test", "a.test", true],
  ["a.test", "b.a.test", false],
  ["*.a.test", "b.a.test", true],
  ["*.a.test", "c.b.a.test", true],
  ["*.a.test", "a.test", false],
  ["*.a.test", ".a.test", false],
  ["*.a.test", "ba.test", false],
];
for (const [pattern, host, matches] of HOSTS) {
  test(`${pattern ?? "no pattern"} ${matches ? "stands" : "does not stand"} for ${host}`, () =>
    assert.equal(hostMatches(pattern, host), matches));
}

const INTERSECTIONS: readonly (readonly [listener: string | undefined, route: string[], want: string[] | undefined])[] =
  [
    [undefined, [], []],
    [undefined, ["a.test", "a.test"], ["a.test"]],
    ["a.test", [], ["a.test"]],
    ["*.a.test", [], ["*.a.test"]],
    ["a.test", ["b.test"], undefined],
    ["*.a.test", ["x.a.test", "a.test", "x.b.test"], ["x.a.test"]],
    ["x.a.test", ["*.a.test", "*.test"], ["x.a.test"]],
    ["*.x.a.test", ["*.a.test"], ["*.x.a.test"]],
    ["*.a.test", ["*.x.a.test"], ["*.x.a.test"]],
    ["*.a.test", ["*.b.test", "a.test"], undefined],
  ];
for (const [listener, route, want] of INTERSECTIONS) {
  test(`listener ${listener ?? "of every host"} and route [${route}] share ${want ? `[${want}]` : "nothing"}`, () =>
    assert.deepEqual(routeHostnames(listener, route), want));
}
