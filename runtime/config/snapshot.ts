/**
 * The one frozen view of the configuration that a proxy runs: every reference resolved, every default filled in.
 * `runtime/config` builds it, `runtime/proxy` routes by it, `runtime/delivery` installs the plugins that it names.
 */

export interface Snapshot {
  /** Grows by one with every accepted change. */
  readonly generation: number;
  readonly listeners: readonly Listener[];
  /** By the name of the binding. */
  readonly plugins: ReadonlyMap<string, PluginBinding>;
  /** By `namespace/name:port`. */
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly trust: TrustPolicy;
  /** What was accepted but cannot take effect, in words: a parentRef without a Gateway, a protocol that is not served. */
  readonly warnings: readonly string[];
}

export interface Listener {
  /** `namespace/gateway/listener`. */
  readonly name: string;
  readonly port: number;
  /** An IP address from spec.addresses of the Gateway; `0.0.0.0` without one. Listeners of one address and port share a socket. */
  readonly address: string;
  /** Lower-case host or `*.suffix`; undefined matches every host. */
  readonly hostname: string | undefined;
  /** Terminates TLS; undefined for clear text. Listeners that share a socket all do, or none. */
  readonly tls: ListenerTls | undefined;
  /** In the order of matching precedence is the router's business; here in document order. */
  readonly routes: readonly Route[];
}

export interface ListenerTls {
  /** In document order: a client gets the first that names its host, else the first. Empty: no handshake succeeds. */
  readonly certificates: readonly ListenerCertificate[];
}

export interface ListenerCertificate {
  /** `namespace/name` of the Secret. */
  readonly name: string;
  /** PEM, the leaf first. */
  readonly chain: string;
  /** PEM. */
  readonly key: string;
  /** Hosts that the leaf is for, in lower case: exact or `*.suffix`. */
  readonly hosts: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
}

export interface Route {
  /** `namespace/name`. */
  readonly name: string;
  /** Milliseconds since the epoch from metadata.creationTimestamp; without one, MAX_SAFE_INTEGER (the youngest). For ties. */
  readonly age: number;
  /** The hosts that this route serves on its listener: the intersection. Empty: every host of the listener. */
  readonly hostnames: readonly string[];
  readonly rules: readonly RouteRule[];
}

export interface RouteRule {
  /** `namespace/name/rule`, where rule is its name or its index. */
  readonly name: string;
  readonly matches: readonly RouteMatch[];
  readonly filters: readonly RouteFilter[];
  readonly backends: readonly WeightedBackend[];
  /** Why every request of this rule gets a 500: a filter or plugin of it cannot be applied, and must not be skipped. */
  readonly invalid: string | undefined;
  /** Milliseconds; 0 is off. */
  readonly requestTimeout: number;
  readonly backendTimeout: number;
  /**
   * Keys of `plugins` in chain order: phase, then priority (higher first), then plugins attached by targetRefs (by name)
   * before those of ExtensionRef filters (in list order). No plugin occurs twice.
   */
  readonly plugins: readonly string[];
}

export interface RouteMatch {
  readonly path: { readonly type: "Exact" | "PathPrefix" | "RegularExpression"; readonly value: string };
  readonly method: string | undefined;
  readonly headers: readonly ValueMatch[];
  readonly queryParams: readonly ValueMatch[];
}

export interface ValueMatch {
  readonly type: "Exact" | "RegularExpression";
  readonly name: string;
  readonly value: string;
}

export interface HeaderEdits {
  readonly set: readonly { readonly name: string; readonly value: string }[];
  readonly add: readonly { readonly name: string; readonly value: string }[];
  readonly remove: readonly string[];
}

export type PathRewrite =
  | { readonly type: "ReplaceFullPath"; readonly replaceFullPath: string }
  | { readonly type: "ReplacePrefixMatch"; readonly replacePrefixMatch: string };

export type RouteFilter =
  | { readonly type: "RequestHeaderModifier"; readonly edits: HeaderEdits }
  | { readonly type: "ResponseHeaderModifier"; readonly edits: HeaderEdits }
  | {
      readonly type: "RequestRedirect";
      readonly scheme: string | undefined;
      readonly hostname: string | undefined;
      readonly path: PathRewrite | undefined;
      readonly port: number | undefined;
      readonly statusCode: number;
    }
  | { readonly type: "URLRewrite"; readonly hostname: string | undefined; readonly path: PathRewrite | undefined };

export interface WeightedBackend {
  /** `namespace/name:port`; a key of `clusters` unless `invalid` says why not. */
  readonly cluster: string;
  readonly weight: number;
  readonly filters: readonly RouteFilter[];
  /** Why requests of this weight get a 500 (Gateway API: an invalid backendRef keeps its weight). */
  readonly invalid: string | undefined;
}

export interface Cluster {
  /** `namespace/name:port`. */
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  /** What the Service port declares by `appProtocol`; `h2c` is HTTP/2, by prior knowledge over clear text and by ALPN over TLS. */
  readonly protocol: "http1" | "h2c";
  /** Milliseconds; over TLS with the handshake. */
  readonly connectTimeout: number;
  /** What a BackendTLSPolicy says; undefined for clear text. */
  readonly tls: BackendTls | undefined;
  /** Why nothing may be sent to it: TLS is asked for, and whom to trust is not known. Requests are answered 503. */
  readonly invalid: string | undefined;
}

export interface BackendTls {
  /** `namespace/name` of the BackendTLSPolicy. */
  readonly policy: string;
  /** Certificates in PEM that sign others; `system` stands for those of the machine. */
  readonly trusted: "system" | readonly string[];
  /** The host that endpoints are asked for (SNI). */
  readonly serverName: string;
  /** An endpoint's certificate must be for one of these; a Hostname may be `*.suffix`. */
  readonly names: readonly { readonly type: "Hostname" | "URI"; readonly value: string }[];
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly ready: boolean;
}

export type Phase = "authn" | "authz" | "traffic" | "observe";

export interface PluginBinding {
  /** `namespace/name` of the Plugin document; `namespace/name@config` under the configuration of a PluginConfig. */
  readonly name: string;
  readonly source: PluginSource;
  readonly phase: Phase;
  /** Higher runs earlier within a phase. */
  readonly priority: number;
  /** `previous`: the last good generation takes over when this one is quarantined; without one, as `closed`. */
  readonly failurePolicy: "closed" | "open" | "previous";
  /** Interfaces of wit/policy.wit that the plugin may import; undefined grants what its signed manifest asks for. */
  readonly capabilities: readonly string[] | undefined;
  /** Names of Trust publishers; any one must have signed. Empty: every publisher of the Trust documents. */
  readonly signedBy: readonly string[];
  /** JSON text handed to `configure`. */
  readonly config: string;
  /** Key sets that the plugin may name, by name. */
  readonly keySets: ReadonlyMap<string, KeySetSource>;
  readonly mode: "enforce" | "shadow";
  /** Of `SENSITIVE_HEADERS`, those that the plugin may read; undefined grants what its signed manifest asks for. */
  readonly sensitiveHeaders: readonly string[] | undefined;
  /** `namespace/name:port` of the backends that it may call. */
  readonly backends: readonly string[];
  readonly limits: PluginLimits;
  /** Lines of its log below it are not written; undefined is info. */
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error" | undefined;
  /** Undefined where the document says nothing about it. */
  readonly proxyWasm: ProxyWasmBinding | undefined;
}

/** What a document says in place of the limits that every plugin has (`wasm/limits`), in their names and units. */
export interface PluginLimits {
  readonly memoryPages?: number;
  readonly startMillis?: number;
  readonly headMillis?: number;
  readonly bodyMillis?: number;
  readonly exchangeMillis?: number;
  readonly share?: number;
  readonly exhaustions?: number;
  readonly hooksPerInstance?: number;
  readonly bodyBytes?: number;
  readonly instances?: number;
  readonly waiting?: number;
  readonly waitingMillis?: number;
  readonly callsAtOnce?: number;
  readonly calls?: number;
  readonly callMillis?: number;
  readonly callBytes?: number;
}

/** Settings that proxy-wasm knows and components do not. */
export interface ProxyWasmBinding {
  /** `background`: it sees no exchanges. */
  readonly type: "http" | "background";
  readonly pluginRootId: string;
  readonly vmId: string;
  /** Text as the plugin gets it. */
  readonly vmConfig: string;
  /** What WASI shows. */
  readonly environment: Readonly<Record<string, string>>;
  /** A filter that pauses at a head sees its body all the same. */
  readonly allowOnHeadersStopIteration: boolean;
  /** `namespace/name:port` by what the plugin calls the backend. */
  readonly clusters: Readonly<Record<string, string>>;
}

export type PluginSource =
  /** Chosen by the mesh's desired state: the entry whose repository is this one. */
  | { readonly kind: "desired"; readonly repository: string }
  /** Pinned: pulled by digest from the registry. */
  | { readonly kind: "digest"; readonly repository: string; readonly digest: string }
  /** A component on disk beside the configuration; `sha256` pins it. Needs no signature only when `unsigned: true`. */
  | { readonly kind: "file"; readonly path: string; readonly digest: string | undefined; readonly unsigned: boolean };

export type KeySetSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "url"; readonly url: string; readonly refreshSeconds: number }
  | { readonly kind: "inline"; readonly jwks: string };

export interface TrustPolicy {
  readonly publishers: readonly TrustedKey[];
  /** Keys that may sign the mesh's desired state. */
  readonly releasers: readonly TrustedKey[];
}

export interface TrustedKey {
  readonly name: string;
  /** PEM, SPKI; P-256 or Ed25519. */
  readonly publicKey: string;
}
