import { BlockList, isIP } from "node:net";

/**
 * Where machines keep their credentials for whoever asks: never connected to, for requests of clients as little as for calls
 * of filters. Kubernetes has no such endpoints either: its API refuses link-local addresses.
 */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet("169.254.0.0", 16, "ipv4");
FORBIDDEN.addAddress("100.100.100.200", "ipv4");
FORBIDDEN.addSubnet("fe80::", 10, "ipv6");
FORBIDDEN.addAddress("fd00:ec2::254", "ipv6");
// The same IPv4 addresses where IPv6 carries them at its end or after 2002: NAT64 (RFC 6052, and RFC 8215 with a prefix of 96 bits),
// IPv4-compatible (RFC 4291 2.5.5.1), IPv4-translated (RFC 2765) and 6to4 (RFC 3056). Teredo (RFC 4380) hides them: all of it.
for (const prefix of ["64:ff9b::", "64:ff9b:1::", "::", "::ffff:0:"]) {
  FORBIDDEN.addSubnet(`${prefix}a9fe:0`, 112, "ipv6");
  FORBIDDEN.addAddress(`${prefix}6464:64c8`, "ipv6");
}
FORBIDDEN.addSubnet("2002:a9fe::", 32, "ipv6");
FORBIDDEN.addSubnet("2002:6464:64c8::", 48, "ipv6");
FORBIDDEN.addSubnet("2001::", 32, "ipv6");

/** Of an address. What a name stands for is known when it is resolved, and is looked at then. */
export function isForbidden(address: string): boolean {
  const [bare = ""] = address.split("%");
  const family = isIP(bare);
  return family !== 0 && FORBIDDEN.check(bare, family === 4 ? "ipv4" : "ipv6");
}

/** Why there is no connection. */
export function forbidden(message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code: "EFORBIDDEN" });
}
