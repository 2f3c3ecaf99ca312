import {
  anything,
  digest,
  duration,
  flag,
  integer,
  list,
  manifest,
  name,
  object,
  oneOf,
  type Schema,
  text,
} from "./fields.ts";

export interface KeySetSpec {
  readonly name: string;
  readonly file?: string;
  readonly url?: string;
  readonly refresh?: string;
  readonly jwks?: unknown;
}

export interface PluginTargetRef {
  readonly group?: string;
  readonly kind: "Gateway" | "HTTPRoute";
  readonly name: string;
  readonly sectionName?: string;
}

export interface PluginSpec {
  readonly source: {
    readonly repository?: string;
    readonly digest?: string;
    readonly file?: string;
    readonly unsigned?: boolean;
  };
  readonly signedBy?: readonly string[];
  readonly capabilities?: readonly string[];
  readonly failurePolicy?: "closed" | "open";
  readonly phase?: "authn" | "authz" | "traffic" | "observe";
  readonly priority?: number;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly keySets?: readonly KeySetSpec[];
  readonly mode?: "enforce" | "shadow";
  readonly targetRefs?: readonly PluginTargetRef[];
}

const filePath: Schema = { type: "string", minLength: 1, description: "a path relative to this document" };

const keySet = object(
  {
    name: { type: "string", pattern: "^[A-Za-z0-9._-]{1,128}$", description: "letters, digits, '.', '_' and '-'" },
    file: filePath,
    url: { type: "string", pattern: "^https?://", description: "an http or https URL" },
    refresh: duration,
    jwks: { type: ["object", "string"] },
  },
  ["name"],
);

/** Our `Plugin`: which filter runs, who must have signed it, what it may do, and where it stands in the chain. */
export const pluginSchema = manifest({
  spec: object(
    {
      source: object({
        repository: {
          type: "string",
          pattern: "^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$",
          description: "a repository such as acme/rate-limit",
        },
        digest,
        file: filePath,
        unsigned: flag,
      }),
      signedBy: list(name),
      capabilities: list({ type: "string", pattern: "^[a-z][a-z0-9-]*$", description: "a capability such as request" }),
      failurePolicy: oneOf("closed", "open"),
      phase: oneOf("authn", "authz", "traffic", "observe"),
      priority: integer(-1_000_000, 1_000_000),
      config: { type: "object" },
      keySets: list(keySet),
      mode: oneOf("enforce", "shadow"),
      targetRefs: list(
        object(
          {
            group: { const: "gateway.networking.k8s.io" },
            kind: oneOf("Gateway", "HTTPRoute"),
            name,
            sectionName: name,
          },
          ["kind", "name"],
        ),
      ),
    },
    ["source"],
  ),
});

export interface TrustKeySpec {
  readonly name: string;
  readonly publicKey?: string;
  readonly publicKeyFile?: string;
}

export interface TrustSpec {
  readonly publishers?: readonly TrustKeySpec[];
  readonly releasers?: readonly TrustKeySpec[];
}

const trustKey = object({ name, publicKey: text, publicKeyFile: filePath, description: anything }, ["name"]);

/** Our `Trust`: whose signatures count on plugins (publishers) and on the mesh's desired state (releasers). */
export const trustSchema = manifest({ spec: object({ publishers: list(trustKey), releasers: list(trustKey) }) });
