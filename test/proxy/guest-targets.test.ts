import assert from "node:assert/strict";
import { test } from "node:test";
import { guestTargets } from "../../runtime/proxy/guest-targets.ts";

const PATHS: readonly (readonly [target: string, read: unknown])[] = [
  ["/a/b?c=d", { path: "/a/b", query: "c=d" }],
  ["/a/./b/../c", { path: "/a/c", query: undefined }],
  ["/%7euser", { path: "/~user", query: undefined }],
  ["a", undefined],
  ["", undefined],
  ["*", undefined],
  ["http://other.test/", undefined],
  ["/a//b", undefined],
  ["/..", undefined],
  ["/a%2fb", undefined],
  ["/a b", undefined],
  ["/a\r\nx: y", undefined],
];

for (const [target, read] of PATHS) {
  test(`a filter asks for ${JSON.stringify(target)}`, () => assert.deepEqual(guestTargets.path(target), read));
}

test("a filter names a host as a client does", () => {
  assert.equal(guestTargets.authority("Shop.Test:80"), "shop.test:80");
  for (const text of ["", "a b", "user@host", "host:0", "a\r\nb"])
    assert.equal(guestTargets.authority(text), undefined);
});
