import { SENSITIVE_HEADERS } from "../../sensitive-headers.ts";
import { SIZE } from "../size.ts";
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

export interface LimitsSpec {
  readonly memory?: string | number;
  readonly startTimeout?: string;
  readonly headTimeout?: string;
  readonly bodyTimeout?: string;
  readonly exchangeTimeout?: string;
  readonly share?: number;
  readonly exhaustions?: number;
  readonly hooksPerInstance?: number;
  readonly bodyBytes?: string | number;
  readonly instances?: number;
  readonly waiting?: number;
  readonly waitingTimeout?: string;
  readonly calls?: number;
  readonly callsAtOnce?: number;
  readonly callTimeout?: string;
  readonly callBytes?: string | number;
}

export interface ProxyWasmSpec {
  readonly type?: "http" | "background";
  readonly pluginRootId?: string;
  readonly vmId?: string;
  readonly vmConfig?: unknown;
  readonly environment?: Readonly<Record<string, string>>;
  readonly allowOnHeadersStopIteration?: boolean;
  readonly clusters?: Readonly<Record<string, string>>;
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
  readonly sensitiveHeaders?: readonly string[];
  readonly backends?: readonly string[];
  readonly limits?: LimitsSpec;
  readonly logLevel?: "trace" | "debug" | "info" | "warn" | "error";
  readonly failurePolicy?: "closed" | "open" | "previous";
  readonly phase?: "authn" | "authz" | "traffic" | "observe";
  readonly priority?: number;
  readonly config?: Readonly<Record<string, unknown>> | string;
  readonly keySets?: readonly KeySetSpec[];
  readonly mode?: "enforce" | "shadow";
  readonly proxyWasm?: ProxyWasmSpec;
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

const size: Schema = {
  ...{ type: ["string", "integer"], pattern: SIZE, minimum: 0 },
  description: "a size in bytes such as 16Mi, 512Ki or 4096",
};

/** Their bounds are the business of `checks/limits.ts`, which knows units. */
const limits = object({
  ...{ memory: size, bodyBytes: size, callBytes: size },
  ...{ startTimeout: duration, headTimeout: duration, bodyTimeout: duration },
  ...{ exchangeTimeout: duration, callTimeout: duration, waitingTimeout: duration },
  share: { type: "number", minimum: 0.01, maximum: 1, description: "a share of a thread's time from 0.01 to 1" },
  exhaustions: integer(1, 5),
  hooksPerInstance: integer(1, 1_000_000_000),
  instances: integer(1, 1_024),
  waiting: integer(0, 100_000),
  calls: integer(0, 1_000),
  callsAtOnce: integer(1, 64),
});

const backend: Schema = {
  type: "string",
  pattern: "^([a-z0-9]([-a-z0-9]*[a-z0-9])?/)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?:[1-9][0-9]{0,4}$",
  description: "a port of a Service, such as users:80 or accounts/users:80",
};

const proxyWasm = object({
  type: oneOf("http", "background"),
  pluginRootId: { type: "string", maxLength: 253 },
  vmId: { type: "string", maxLength: 253 },
  vmConfig: { type: ["object", "string"] },
  environment: { type: "object", additionalProperties: text, maxProperties: 64 },
  allowOnHeadersStopIteration: flag,
  clusters: { type: "object", additionalProperties: backend, maxProperties: 64 },
});

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
      sensitiveHeaders: list(oneOf(...SENSITIVE_HEADERS)),
      backends: list(backend, { maxItems: 64 }),
      limits,
      logLevel: oneOf("trace", "debug", "info", "warn", "error"),
      failurePolicy: oneOf("closed", "open", "previous"),
      phase: oneOf("authn", "authz", "traffic", "observe"),
      priority: integer(-1_000_000, 1_000_000),
      config: { type: ["object", "string"] },
      keySets: list(keySet),
      mode: oneOf("enforce", "shadow"),
      proxyWasm,
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

export interface PluginConfigSpec {
  readonly plugin: string;
  readonly config?: Readonly<Record<string, unknown>> | string;
}

/** Our `PluginConfig`: a Plugin of the same namespace under another configuration, for routes that name it. */
export const pluginConfigSchema = manifest({
  spec: object({ plugin: name, config: { type: ["object", "string"] } }, ["plugin"]),
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
