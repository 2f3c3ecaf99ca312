import type { FilterSpec, HeaderEditsSpec, PathRewriteSpec } from "../schemas/http-route.ts";
import type { HeaderEdits, PathRewrite, RouteFilter } from "../snapshot.ts";

export interface ResolvedFilters {
  readonly filters: readonly RouteFilter[];
  /** A filter that cannot be applied must not be skipped (Gateway API v1): why requests get a 500 instead. */
  readonly invalid: string | undefined;
}

/** Filters in document order, defaults filled in. ExtensionRefs are left to the plugin chain. */
export function resolveFilters(specs: readonly FilterSpec[]): ResolvedFilters {
  const filters: RouteFilter[] = [];
  let invalid: string | undefined;
  for (const spec of specs) {
    const filter = resolveFilter(spec);
    if (filter !== undefined) filters.push(filter);
    else if (spec.type !== "ExtensionRef") invalid ??= `the filter ${spec.type} is not supported`;
  }
  return { filters, invalid };
}

function resolveFilter(spec: FilterSpec): RouteFilter | undefined {
  switch (spec.type) {
    case "RequestHeaderModifier":
      return { type: "RequestHeaderModifier", edits: resolveEdits(spec.requestHeaderModifier) };
    case "ResponseHeaderModifier":
      return { type: "ResponseHeaderModifier", edits: resolveEdits(spec.responseHeaderModifier) };
    case "RequestRedirect":
      return resolveRedirect(spec.requestRedirect ?? {});
    case "URLRewrite":
      return { type: "URLRewrite", hostname: spec.urlRewrite?.hostname, path: resolvePath(spec.urlRewrite?.path) };
    default:
      return undefined;
  }
}

function resolveRedirect(spec: NonNullable<FilterSpec["requestRedirect"]>): RouteFilter {
  const { scheme, hostname, port, statusCode = 302 } = spec;
  return { type: "RequestRedirect", scheme, hostname, port, statusCode, path: resolvePath(spec.path) };
}

function resolvePath(spec: PathRewriteSpec | undefined): PathRewrite | undefined {
  if (spec === undefined) return undefined;
  if (spec.type === "ReplaceFullPath") return { type: spec.type, replaceFullPath: spec.replaceFullPath ?? "/" };
  return { type: spec.type, replacePrefixMatch: spec.replacePrefixMatch ?? "/" };
}

function resolveEdits(spec: HeaderEditsSpec = {}): HeaderEdits {
  const { set = [], add = [], remove = [] } = spec;
  return { set: set.map(lowerName), add: add.map(lowerName), remove: remove.map((name) => name.toLowerCase()) };
}

const lowerName = ({ name, value }: { name: string; value: string }) => ({ name: name.toLowerCase(), value });
