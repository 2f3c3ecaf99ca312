import { isIP } from "node:net";
import type { Issue } from "../issue.ts";
import { show } from "../issue.ts";
import type { GatewayListener, GatewaySpec, ListenerTlsSpec } from "../schemas/gateway.ts";
import { anyEntries, type Check, entries, repeated, specOf } from "./walk.ts";

/** Listener names are unique; addresses are IP addresses, since a listener is bound to them; TLS is where HTTPS is. */
export const checkGateway: Check = (body, context) => {
  const spec = specOf(body);
  const listeners = anyEntries<GatewayListener>(spec.listeners, ["spec", "listeners"]);
  const issues = repeated(listeners, ({ name }) => name, "each listener name");
  type Address = NonNullable<GatewaySpec["addresses"]>[number];
  for (const [address, path] of entries<Address>(spec.addresses, ["spec", "addresses"], context)) {
    issues.push(...addressIssues(address, path));
  }
  for (const [{ protocol, tls }, path] of entries<GatewayListener>(spec.listeners, ["spec", "listeners"], context)) {
    issues.push(...tlsIssues(protocol, tls, [...path, "tls"]));
  }
  return issues;
};

/** The rules that a Kubernetes API server holds a Gateway to (Gateway API v1). */
function tlsIssues(protocol: string, tls: ListenerTlsSpec | undefined, path: Issue["path"]): Issue[] {
  if (tls === undefined) {
    return protocol === "HTTPS" ? [{ path, expected: "certificateRefs for the protocol HTTPS", got: "nothing" }] : [];
  }
  if (protocol === "HTTP") return [{ path, at: "key", expected: "no tls beside the protocol HTTP", got: "some" }];
  const { mode = "Terminate", certificateRefs = [], options = {} } = tls;
  if (mode === "Passthrough" || certificateRefs.length > 0 || Object.keys(options).length > 0) return [];
  return [{ path: [...path, "certificateRefs"], expected: "at least 1 entry", got: show(tls.certificateRefs) }];
}

function addressIssues(address: { type?: string; value?: string }, path: Issue["path"]): Issue[] {
  if ((address.type ?? "IPAddress") !== "IPAddress") {
    return [{ path: [...path, "type"], expected: "IPAddress", got: show(address.type) }];
  }
  if (isIP(address.value ?? "") !== 0) return [];
  return [{ path: [...path, "value"], expected: "an IP address", got: show(address.value) }];
}
