import type { ReferenceGrantSpec } from "../schemas/gateway.ts";
import type { Resource } from "./catalogue.ts";

export interface Reference {
  readonly from: { readonly group: string; readonly kind: string; readonly namespace: string };
  readonly to: { readonly group: string; readonly kind: string; readonly namespace: string; readonly name: string };
}

/** Whether a reference stays in its namespace, or a ReferenceGrant in the target's namespace lets it in (Gateway API). */
export function isGranted(grants: readonly Resource<ReferenceGrantSpec>[], { from, to }: Reference): boolean {
  if (from.namespace === to.namespace) return true;
  return grants.some(
    ({ namespace, spec }) =>
      namespace === to.namespace &&
      spec.from.some(
        (each) => each.group === from.group && each.kind === from.kind && each.namespace === from.namespace,
      ) &&
      spec.to.some(
        (each) =>
          each.group === to.group && each.kind === to.kind && (each.name === undefined || each.name === to.name),
      ),
  );
}
