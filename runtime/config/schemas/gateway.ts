import {
  anything,
  hostname,
  list,
  manifest,
  name,
  namespace,
  object,
  oneOf,
  port,
  type Schema,
  text,
} from "./fields.ts";

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    readonly values?: readonly string[];
  }[];
}

export interface SecretRef {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface ListenerTlsSpec {
  readonly mode?: "Terminate" | "Passthrough";
  readonly certificateRefs?: readonly SecretRef[];
  readonly frontendValidation?: unknown;
  readonly options?: Readonly<Record<string, string>>;
}

export interface GatewayListener {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly hostname?: string;
  readonly tls?: ListenerTlsSpec;
  readonly allowedRoutes?: {
    readonly namespaces?: { readonly from?: "All" | "Same" | "Selector" | "None"; readonly selector?: LabelSelector };
    readonly kinds?: readonly { readonly group?: string; readonly kind: string }[];
  };
}

export interface GatewaySpec {
  readonly listeners: readonly GatewayListener[];
  readonly addresses?: readonly { readonly type?: string; readonly value?: string }[];
  readonly tls?: { readonly frontend?: unknown; readonly backend?: unknown };
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

const options: Schema = { type: "object", additionalProperties: text };

const tls = object({
  mode: oneOf("Terminate", "Passthrough"),
  certificateRefs: list(object({ group: text, kind: text, namespace, name }, ["name"]), { maxItems: 64 }),
  frontendValidation: anything,
  options,
});

const listener = object(
  {
    name,
    port,
    protocol: text,
    hostname,
    tls,
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
      tls: object({ frontend: anything, backend: anything }),
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
