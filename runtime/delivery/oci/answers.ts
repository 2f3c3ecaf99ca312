import { DOCKER_LIST, DOCKER_MANIFEST, IMAGE_INDEX, IMAGE_MANIFEST } from "../../artifact/media-types.ts";
import { HeddleError } from "../../errors.ts";
import type { Reply } from "./transport.ts";

export const ACCEPT_MANIFESTS = { accept: [IMAGE_MANIFEST, IMAGE_INDEX, DOCKER_MANIFEST, DOCKER_LIST].join(", ") };
/** Bytes of an answer that carries nothing but a status, or an error. */
export const ANSWER_LIMIT = 64 * 1024;
/** Pages of one list that are read. */
export const PAGES_LIMIT = 100;

/** Entries of one list that are kept, however many pages there are. */
export const ENTRIES_LIMIT = 10_000;

/** The URL of the next page of a list (RFC 8288). Throws REGISTRY_PROTOCOL. */
export function nextPage(reply: Reply): string | undefined {
  const link = /^\s*<([^>]+)>\s*;\s*rel="?next"?/.exec(reply.header("link") ?? "");
  if (link === null) return undefined;
  const target = link[1] ?? "";
  if (URL.canParse(target, reply.where)) return new URL(target, reply.where).href;
  throw new HeddleError("REGISTRY_PROTOCOL", `expected the URL of the next page, got ${JSON.stringify(target)}`, {
    where: reply.where,
  });
}

/** Throws unless the status is one of `statuses`; the message carries the registry's own words. */
export function expect(reply: Reply, statuses: readonly number[], what: string): void {
  if (statuses.includes(reply.status)) return;
  const { where } = reply;
  if (reply.status === 404) throw new HeddleError("ARTIFACT_UNKNOWN", `the registry has no ${what}`, { where });
  const code = reply.status >= 500 || reply.status === 429 ? "REGISTRY_UNREACHABLE" : "REGISTRY_PROTOCOL";
  const words = registryWords(reply.body);
  throw new HeddleError(code, `expected status ${statuses.join(" or ")}, got ${reply.status}${words}`, { where });
}

/** `: CODE message` out of an OCI error body; it comes from outside, so it is cut and cleaned. */
function registryWords(body: Uint8Array): string {
  try {
    const { errors } = JSON.parse(new TextDecoder().decode(body)) as { errors?: { code?: string; message?: string }[] };
    const words = `${errors?.[0]?.code ?? ""} ${errors?.[0]?.message ?? ""}`.trim();
    return words === "" ? "" : `: ${words.replace(/[^\x20-\x7e]/g, "?").slice(0, 300)}`;
  } catch {
    return "";
  }
}
