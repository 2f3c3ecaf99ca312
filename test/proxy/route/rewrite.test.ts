import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RouteFilter, RouteMatch } from "../../../runtime/config/snapshot.ts";
import { applyEdits, redirectLocation, rewritePath } from "../../../runtime/proxy/route/rewrite.ts";

const prefixMatch = (value: string): RouteMatch => ({
  path: { type: "PathPrefix", value },
  method: undefined,
  headers: [],
  queryParams: [],
});

describe("rewritePath", () => {
  // The table in the documentation of ReplacePrefixMatch, and the rows that it leaves out.
  const rows: readonly (readonly [path: string, prefix: string, replacement: string, want: string])[] = [
    ["/foo/bar", "/foo", "/xyz", "/xyz/bar"],
    ["/foo/bar", "/foo", "/xyz/", "/xyz/bar"],
    ["/foo/bar", "/foo/", "/xyz", "/xyz/bar"],
    ["/foo/bar", "/foo/", "/xyz/", "/xyz/bar"],
    ["/foo", "/foo", "/xyz", "/xyz"],
    ["/foo/", "/foo", "/xyz", "/xyz/"],
    ["/foo/bar", "/foo", "", "/bar"],
    ["/foo/", "/foo", "", "/"],
    ["/foo", "/foo", "", "/"],
    ["/foo/", "/foo", "/", "/"],
    ["/foo", "/foo", "/", "/"],
    ["/foo/bar", "/foo", "/", "/bar"],
    ["/a/b", "/", "/x", "/x/a/b"],
    ["/", "/", "/x", "/x/"],
    ["/a/b/c/d", "/a/b", "/x/y/z", "/x/y/z/c/d"],
    ["/foo;v=1/bar", "/foo", "/xyz", "/xyz/bar"],
    ["/caf%C3%A9/x", "/café", "/tea", "/tea/x"],
  ];
  for (const [path, prefix, replacePrefixMatch, want] of rows) {
    test(`${path} under ${prefix} with ${JSON.stringify(replacePrefixMatch)} is ${want}`, () => {
      assert.equal(rewritePath(path, prefixMatch(prefix), { type: "ReplacePrefixMatch", replacePrefixMatch }), want);
    });
  }

  test("ReplaceFullPath drops everything that was there", () => {
    assert.equal(rewritePath("/a/b", prefixMatch("/a"), { type: "ReplaceFullPath", replaceFullPath: "/one" }), "/one");
  });
});

describe("redirectLocation", () => {
  type Redirect = Extract<RouteFilter, { type: "RequestRedirect" }>;
  const none: Redirect = {
    type: "RequestRedirect",
    scheme: undefined,
    hostname: undefined,
    path: undefined,
    port: undefined,
    statusCode: 302,
  };
  const host = "example.org";
  type Row = readonly [
    name: string,
    listenerPort: number,
    scheme: "http" | "https",
    filter: Partial<Redirect>,
    want: string,
  ];
  const rows: readonly Row[] = [
    ["host", 80, "http", { hostname: host }, "http://example.org/p?q=1"],
    ["scheme empty, port empty, listener 80", 80, "http", {}, "http://shop.test/p?q=1"],
    ["scheme empty, port empty, listener 8080", 8080, "http", { hostname: host }, "http://example.org:8080/p?q=1"],
    ["scheme empty, port empty, listener 443", 443, "https", { hostname: host }, "https://example.org/p?q=1"],
    ["scheme empty, port 80", 8080, "http", { port: 80 }, "http://shop.test/p?q=1"],
    ["scheme empty, port 8443 on https", 443, "https", { port: 8443 }, "https://shop.test:8443/p?q=1"],
    ["scheme https, port empty, listener 80", 80, "http", { scheme: "https" }, "https://shop.test/p?q=1"],
    ["scheme https, port empty, listener 8080", 8080, "http", { scheme: "https" }, "https://shop.test/p?q=1"],
    ["scheme https, port 443", 80, "http", { scheme: "https", port: 443 }, "https://shop.test/p?q=1"],
    ["scheme https, port 8443", 80, "http", { scheme: "https", port: 8443 }, "https://shop.test:8443/p?q=1"],
    ["scheme https, port 80", 80, "http", { scheme: "https", port: 80 }, "https://shop.test:80/p?q=1"],
    ["scheme http, port empty, listener 443", 443, "https", { scheme: "http" }, "http://shop.test/p?q=1"],
    ["scheme http, port 8080", 443, "https", { scheme: "http", port: 8080 }, "http://shop.test:8080/p?q=1"],
    [
      "prefix",
      80,
      "http",
      { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/n" } },
      "http://shop.test/n?q=1",
    ],
    ["full path", 80, "http", { path: { type: "ReplaceFullPath", replaceFullPath: "/f" } }, "http://shop.test/f?q=1"],
  ];
  for (const [name, listenerPort, scheme, filter, want] of rows) {
    test(`${name}: ${want}`, () => {
      const request = { path: "/p", query: "q=1", authority: "shop.test:1234", scheme, listenerPort };
      assert.equal(redirectLocation(request, prefixMatch("/p"), { ...none, ...filter }), want);
    });
  }

  test("keeps the brackets of an IPv6 host", () => {
    const request = { path: "/", query: undefined, scheme: "http", listenerPort: 80 } as const;
    assert.equal(redirectLocation({ ...request, authority: "[::1]:9000" }, prefixMatch("/"), none), "http://[::1]/");
    assert.equal(redirectLocation({ ...request, authority: "[::1]" }, prefixMatch("/"), none), "http://[::1]/");
  });
});

describe("applyEdits", () => {
  test("sets, then adds, then removes", () => {
    const calls: string[] = [];
    const fields = {
      set: (name: string, value: string) => void calls.push(`set ${name}=${value}`),
      add: (name: string, value: string) => void calls.push(`add ${name}=${value}`),
      remove: (name: string) => void calls.push(`remove ${name}`),
    };
    applyEdits(fields, { add: [{ name: "b", value: "2" }], remove: ["c"], set: [{ name: "a", value: "1" }] });
    assert.deepEqual(calls, ["set a=1", "add b=2", "remove c"]);
  });
});
