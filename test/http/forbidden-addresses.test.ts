import assert from "node:assert/strict";
import { test } from "node:test";
import { isForbidden } from "../../runtime/http/forbidden-addresses.ts";

for (const [address, forbidden] of [
  ["127.0.0.1", false],
  ["10.1.2.3", false],
  ["::1", false],
  ["fd00:ec2::253", false],
  ["169.253.255.255", false],
  ["169.254.169.254", true],
  ["169.254.0.1", true],
  ["100.100.100.200", true],
  ["fe80::1", true],
  ["fe80::1%eth0", true],
  ["febf::1", true],
  ["fd00:ec2::254", true],
  ["fd00:0ec2:0:0:0:0:0:0254", true],
  ["::ffff:169.254.169.254", true],
  ["::ffff:a9fe:a9fe", true],
  ["64:ff9b::169.254.169.254", true],
  ["64:ff9b::6464:64c8", true],
  ["64:ff9b::a00:1", false],
  ["64:ff9b:1::169.254.169.254", true],
  ["64:ff9b:1::6464:64c8", true],
  ["64:ff9b:1::a00:1", false],
  ["::169.254.169.254", true],
  ["::100.100.100.200", true],
  ["::10.0.0.1", false],
  ["::ffff:0:169.254.169.254", true],
  ["::ffff:0:10.0.0.1", false],
  ["2001:0:1:1:1:1:5601:5601", true],
  ["2001:db8::1", false],
  ["2002:a9fe:a9fe::1", true],
  ["2002:6464:64c8::1", true],
  ["2002:a00:1::1", false],
  // Names are judged by what they stand for.
  ["metadata.google.internal", false],
  ["localhost", false],
  ["", false],
  ["0xa9fea9fe", false],
] as const) {
  test(`${address || "nothing"} is ${forbidden ? "" : "not "}forbidden`, () => {
    assert.equal(isForbidden(address), forbidden);
  });
}
