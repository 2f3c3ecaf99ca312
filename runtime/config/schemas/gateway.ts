import { anything, hostname, list, manifest, name, namespace, object, oneOf, port, text } from "./fields.ts";

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    readonly values?: readonly string[];
  }[];
}

export interface GatewayListener {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly hostname?: string;
  readonly allowedRoutes?: {
    readonly namespaces?: { readonly from?: "All" | "Same" | "Selector" | "None"; readonly selector?: LabelSelector };
    readonly kinds?: readonly { readonly group?: string; readonly kind: string }[];
  };
}

export interface GatewaySpec {
  readonly listeners: readonly GatewayListener[];
  readonly addresses?: readonly { readonly type?: string; readonly value?: string }[];
}

const selector = object({
  matchLabels: { type: "object", additionalProperties: text },
  matchExpressions: list(
    object({ key: text, operator: oneOf("In", "NotIn", "Exists", "DoesNotExist"), values: list(text) }, [
      "key",
      "operator",
    ]),
  ),
});

const listener = object(
  {
    name,
    port,
    protocol: text,
    hostname,
    tls: anything,
    allowedRoutes: object({
      namespaces: object({ from: oneOf("All", "Same", "Selector", "None"), selector }),
      kinds: list(object({ group: text, kind: text }, ["kind"])),
    }),
  },
  ["name", "port", "protocol"],
);

/** Gateway API v1 `Gateway`. */
export const gatewaySchema = manifest({
  spec: object(
    {
      gatewayClassName: text,
      listeners: list(listener, { minItems: 1 }),
      addresses: list(object({ type: text, value: text })),
      infrastructure: anything,
      allowedListeners: anything,
      defaultScope: anything,
      tls: anything,
    },
    ["listeners"],
  ),
});

/** Gateway API v1 `GatewayClass`: accepted, and without effect outside a cluster. */
export const gatewayClassSchema = manifest({
  spec: object({ controllerName: text, description: text, parametersRef: anything }, ["controllerName"]),
});

export interface ReferenceGrantSpec {
  readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[];
  readonly to: readonly { readonly group: string; readonly kind: string; readonly name?: string }[];
}

/** Gateway API `ReferenceGrant`. */
export const referenceGrantSchema = manifest({
  spec: object(
    {
      from: list(object({ group: text, kind: text, namespace }, ["group", "kind", "namespace"]), { minItems: 1 }),
      to: list(object({ group: text, kind: text, name }, ["group", "kind"]), { minItems: 1 }),
    },
    ["from", "to"],
  ),
});
