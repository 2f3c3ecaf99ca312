import { createHash } from "node:crypto";

/** The name under which a plugin's store is kept: its own, or that of the VM id that operators gave to several plugins. */
export function storeScope(plugin: string, vmId: string | undefined): string {
  if (vmId === undefined || vmId === "") return plugin;
  // Never the name of a plugin: those have one slash at most.
  return `vm//${createHash("sha256").update(vmId).digest("hex").slice(0, 32)}`;
}
