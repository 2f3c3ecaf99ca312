/** Reads what a path under /v2/ points to. Names contain slashes, so it is read from the right. */

import { type Digest, isDigest } from "../artifact/digest.ts";
import { isRepository, isTag } from "../artifact/reference.ts";
import { OciFailure } from "./failure.ts";

export type Target =
  | { readonly area: "ping" }
  | { readonly area: "blob"; readonly repository: string; readonly digest: Digest }
  | { readonly area: "uploads"; readonly repository: string }
  | { readonly area: "upload"; readonly repository: string; readonly id: string }
  | { readonly area: "manifest"; readonly repository: string; readonly reference: { digest: Digest } | { tag: string } }
  | { readonly area: "tags"; readonly repository: string }
  | { readonly area: "referrers"; readonly repository: string; readonly digest: Digest };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** `path` has no query. Throws NAME_INVALID, DIGEST_INVALID, or 404 for a path that is none of the specification's. */
export function parseTarget(path: string): Target {
  const plain = path.replace(/%3a/gi, ":");
  if (plain === "/v2/" || plain === "/v2") return { area: "ping" };
  const match =
    /^\/v2\/(.+)\/(tags)\/list$/.exec(plain) ??
    /^\/v2\/(.+)\/blobs\/(uploads)\/([^/]*)$/.exec(plain) ??
    /^\/v2\/(.+)\/blobs\/(uploads)$/.exec(plain) ??
    /^\/v2\/(.+)\/(blobs|manifests|referrers)\/([^/]+)$/.exec(plain);
  if (match === null) throw new OciFailure(404, "NAME_UNKNOWN", "The path is none of the distribution API.");
  const [, name = "", area, last = ""] = match;
  return targetIn(area as string, repositoryOf(name), last);
}

/** Throws NAME_INVALID. */
export function repositoryOf(name: string): string {
  if (isRepository(name)) return name;
  throw new OciFailure(400, "NAME_INVALID", "A repository is lower-case letters, digits and . _ - / between them.");
}

/** Throws DIGEST_INVALID; sha256 is the one algorithm that this registry keeps. */
export function digestOf(text: string | undefined): Digest {
  if (isDigest(text)) return text;
  const known = text?.startsWith("sha512:") ? "sha512 is not supported here" : "expected sha256:<64 hex digits>";
  throw new OciFailure(400, "DIGEST_INVALID", `Not a digest: ${known}.`);
}

function targetIn(area: string, repository: string, last: string): Target {
  switch (area) {
    case "tags":
      return { area: "tags", repository };
    case "uploads":
      return last === "" ? { area: "uploads", repository } : { area: "upload", repository, id: uploadOf(last) };
    case "blobs":
      return { area: "blob", repository, digest: digestOf(last) };
    case "referrers":
      return { area: "referrers", repository, digest: digestOf(last) };
    default:
      return { area: "manifest", repository, reference: referenceOf(last) };
  }
}

function referenceOf(text: string): { digest: Digest } | { tag: string } {
  if (text.includes(":")) return { digest: digestOf(text) };
  if (isTag(text)) return { tag: text };
  throw new OciFailure(400, "MANIFEST_INVALID", "Not a tag: letters, digits and . _ -, at most 128.");
}

function uploadOf(id: string): string {
  if (UUID.test(id)) return id;
  throw new OciFailure(404, "BLOB_UPLOAD_UNKNOWN", "There is no such upload.");
}
