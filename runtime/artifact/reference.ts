/** Plugin references: `HOST[:PORT]/REPOSITORY[:TAG][@DIGEST]` (OCI distribution v1.1, "Pulling manifests"). */

import { HeddleError } from "../errors.ts";
import { type Digest, isDigest } from "./digest.ts";

export interface Reference {
  /** `host`, `host:port` or `[v6]:port`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const SEGMENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const REPOSITORY = new RegExp(`^${SEGMENT}(?:/${SEGMENT})*$`);
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const REGISTRY = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]{2,39}\\])(?::([0-9]{1,5}))?$`);
const NAME_LIMIT = 255;

export function isRepository(name: string): boolean {
  return name.length <= NAME_LIMIT && REPOSITORY.test(name);
}

export function isTag(tag: string): boolean {
  return TAG.test(tag);
}

/** Throws REFERENCE_INVALID and says which part is wrong. */
export function parseReference(text: string): Reference {
  const slash = text.indexOf("/");
  if (slash < 1) throw invalid(text, "it has no HOST/ before the repository");
  const registry = text.slice(0, slash);
  const { name, tag, digest } = split(text.slice(slash + 1));
  if (!isRegistry(registry)) throw invalid(text, `'${registry}' is not a host with an optional port`);
  if (!isRepository(name) || registry.length + 1 + name.length > NAME_LIMIT) {
    throw invalid(text, `'${name}' is not a repository: lower-case letters, digits and . _ - between them`);
  }
  if (tag !== undefined && !isTag(tag)) throw invalid(text, `'${tag}' is not a tag`);
  if (digest !== undefined && !isDigest(digest)) throw invalid(text, `'${digest}' is not a sha256 digest`);
  return { registry, repository: name, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

export function formatReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

function split(rest: string): { name: string; tag?: string; digest?: string } {
  const at = rest.indexOf("@");
  const named = at < 0 ? rest : rest.slice(0, at);
  const colon = named.indexOf(":");
  return {
    name: colon < 0 ? named : named.slice(0, colon),
    ...(colon >= 0 && { tag: named.slice(colon + 1) }),
    ...(at >= 0 && { digest: rest.slice(at + 1) }),
  };
}

function isRegistry(registry: string): boolean {
  const match = REGISTRY.exec(registry);
  if (match === null) return false;
  const port = match[1];
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65535);
}

function invalid(text: string, why: string): HeddleError {
  return new HeddleError("REFERENCE_INVALID", `${JSON.stringify(text.slice(0, 300))} is not a reference: ${why}.`);
}
