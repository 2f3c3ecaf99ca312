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
// The same by way of NAT64 (RFC 6052).
FORBIDDEN.addSubnet("64:ff9b::a9fe:0", 112, "ipv6");
FORBIDDEN.addAddress("64:ff9b::6464:64c8", "ipv6");

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
