import { isIP } from "node:net";
import type { Issue } from "../issue.ts";
import { show } from "../issue.ts";
import type { GatewayListener, GatewaySpec } from "../schemas/gateway.ts";
import { anyEntries, type Check, entries, repeated, specOf } from "./walk.ts";

/** Listener names are unique; addresses are IP addresses, since a listener is bound to them. */
export const checkGateway: Check = (body, context) => {
  const spec = specOf(body);
  const listeners = anyEntries<GatewayListener>(spec.listeners, ["spec", "listeners"]);
  const issues = repeated(listeners, ({ name }) => name, "each listener name");
  type Address = NonNullable<GatewaySpec["addresses"]>[number];
  for (const [address, path] of entries<Address>(spec.addresses, ["spec", "addresses"], context)) {
    issues.push(...addressIssues(address, path));
  }
  return issues;
};

function addressIssues(address: { type?: string; value?: string }, path: Issue["path"]): Issue[] {
  if ((address.type ?? "IPAddress") !== "IPAddress") {
    return [{ path: [...path, "type"], expected: "IPAddress", got: show(address.type) }];
  }
  if (isIP(address.value ?? "") !== 0) return [];
  return [{ path: [...path, "value"], expected: "an IP address", got: show(address.value) }];
}
