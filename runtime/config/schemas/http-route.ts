import {
  anything,
  duration,
  headerName,
  headerValue,
  hostname,
  integer,
  list,
  manifest,
  name,
  namespace,
  object,
  oneOf,
  port,
  preciseHostname,
  type Schema,
  text,
} from "./fields.ts";

export interface ValueMatchSpec {
  readonly type?: "Exact" | "RegularExpression";
  readonly name: string;
  readonly value: string;
}

export interface MatchSpec {
  readonly path?: { readonly type?: "Exact" | "PathPrefix" | "RegularExpression"; readonly value?: string };
  readonly method?: string;
  readonly headers?: readonly ValueMatchSpec[];
  readonly queryParams?: readonly ValueMatchSpec[];
}

export interface PathRewriteSpec {
  readonly type: "ReplaceFullPath" | "ReplacePrefixMatch";
  readonly replaceFullPath?: string;
  readonly replacePrefixMatch?: string;
}

export interface HeaderEditsSpec {
  readonly set?: readonly { readonly name: string; readonly value: string }[];
  readonly add?: readonly { readonly name: string; readonly value: string }[];
  readonly remove?: readonly string[];
}

export interface FilterSpec {
  readonly type: string;
  readonly requestHeaderModifier?: HeaderEditsSpec;
  readonly responseHeaderModifier?: HeaderEditsSpec;
  readonly requestRedirect?: {
    readonly scheme?: string;
    readonly hostname?: string;
    readonly path?: PathRewriteSpec;
    readonly port?: number;
    readonly statusCode?: number;
  };
  readonly urlRewrite?: { readonly hostname?: string; readonly path?: PathRewriteSpec };
  readonly extensionRef?: { readonly group: string; readonly kind: string; readonly name: string };
}

export interface BackendRefSpec {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly port?: number;
  readonly weight?: number;
  readonly filters?: readonly FilterSpec[];
}

export interface RuleSpec {
  readonly name?: string;
  readonly matches?: readonly MatchSpec[];
  readonly filters?: readonly FilterSpec[];
  readonly backendRefs?: readonly BackendRefSpec[];
  readonly timeouts?: { readonly request?: string; readonly backendRequest?: string };
  readonly retry?: unknown;
  readonly sessionPersistence?: unknown;
}

export interface ParentRef {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}

export interface HttpRouteSpec {
  readonly parentRefs?: readonly ParentRef[];
  readonly hostnames?: readonly string[];
  readonly rules?: readonly RuleSpec[];
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

const pathMatch = object({ type: oneOf("Exact", "PathPrefix", "RegularExpression"), value: text });
const valueType = oneOf("Exact", "RegularExpression");
const headerMatch = object({ type: valueType, name: headerName, value: text }, ["name", "value"]);
const queryMatch = object({ type: valueType, name: { ...text, minLength: 1 }, value: text }, ["name", "value"]);

const pathRewrite = object(
  { type: oneOf("ReplaceFullPath", "ReplacePrefixMatch"), replaceFullPath: text, replacePrefixMatch: text },
  ["type"],
);
const headers = list(object({ name: headerName, value: headerValue }, ["name", "value"]));
const headerEdits = object({ set: headers, add: headers, remove: list(headerName) });

const redirect = object({
  scheme: oneOf("http", "https"),
  hostname: preciseHostname,
  path: pathRewrite,
  port,
  statusCode: { type: "integer", enum: [301, 302, 303, 307, 308] },
});

/** The field that holds the settings of each filter type. */
export const FILTER_FIELDS: Readonly<Record<string, string>> = {
  RequestHeaderModifier: "requestHeaderModifier",
  ResponseHeaderModifier: "responseHeaderModifier",
  RequestRedirect: "requestRedirect",
  URLRewrite: "urlRewrite",
  RequestMirror: "requestMirror",
  CORS: "cors",
  ExternalAuth: "externalAuth",
  ExtensionRef: "extensionRef",
};

const filter: Schema = object(
  {
    type: oneOf(...Object.keys(FILTER_FIELDS)),
    requestHeaderModifier: headerEdits,
    responseHeaderModifier: headerEdits,
    requestRedirect: redirect,
    urlRewrite: object({ hostname: preciseHostname, path: pathRewrite }),
    requestMirror: anything,
    cors: anything,
    externalAuth: anything,
    extensionRef: object({ group: text, kind: text, name }, ["group", "kind", "name"]),
  },
  ["type"],
);

const backendRef = object(
  { group: text, kind: text, namespace, name, port, weight: integer(0, 1_000_000), filters: list(filter) },
  ["name"],
);

const rule = object({
  name,
  matches: list(
    object({
      path: pathMatch,
      method: oneOf(...METHODS),
      headers: list(headerMatch),
      queryParams: list(queryMatch),
    }),
  ),
  filters: list(filter),
  backendRefs: list(backendRef),
  timeouts: object({ request: duration, backendRequest: duration }),
  retry: anything,
  sessionPersistence: anything,
});

const parentRef = object({ group: text, kind: text, namespace, name, sectionName: name, port }, ["name"]);

/** Gateway API v1 `HTTPRoute`, standard and experimental fields. */
export const httpRouteSchema = manifest({
  spec: object({
    parentRefs: list(parentRef),
    hostnames: list(hostname),
    rules: list(rule, { minItems: 1 }),
    useDefaultGateways: anything,
  }),
});
