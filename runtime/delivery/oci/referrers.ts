import { DESCRIPTOR_SCHEMA, type Descriptor, jsonBytes } from "../../artifact/descriptor.ts";
import { type Digest, isDigest, sha256 } from "../../artifact/digest.ts";
import { MANIFEST_LIMIT } from "../../artifact/layout.ts";
import { IMAGE_INDEX } from "../../artifact/media-types.ts";
import { compileSchema, decodeJson } from "../../artifact/schema.ts";
import { ACCEPT_MANIFESTS, ANSWER_LIMIT, ENTRIES_LIMIT, expect, nextPage, PAGES_LIMIT } from "./answers.ts";
import { parseJsonObject } from "./body.ts";
import type { Reply, Transport } from "./transport.ts";

const checkReferrers = compileSchema<{ manifests: Descriptor[] }>(
  {
    type: "object",
    required: ["manifests"],
    properties: { manifests: { type: "array", maxItems: 10_000, items: DESCRIPTOR_SCHEMA } },
  },
  "The list of referrers",
  "REGISTRY_PROTOCOL",
);

/** What refers to a manifest; by the API, or by the fallback tag of a registry without it. */
export async function readReferrers(
  transport: Transport,
  repository: string,
  digest: Digest,
  artifactType: string | undefined,
): Promise<Descriptor[]> {
  const query = artifactType === undefined ? "" : `?artifactType=${encodeURIComponent(artifactType)}`;
  const found: Descriptor[] = [];
  let path: string | undefined = `/v2/${repository}/referrers/${digest}${query}`;
  for (let page = 0; path !== undefined && page < PAGES_LIMIT && found.length < ENTRIES_LIMIT; page += 1) {
    const reply: Reply = await transport.fetch(path, { method: "GET", limit: MANIFEST_LIMIT });
    if (reply.status === 404 && page === 0) {
      found.push(...(await readFallback(transport, repository, digest)));
      break;
    }
    expect(reply, [200], `${repository} ${digest}`);
    found.push(...manifestsOf(reply));
    path = nextPage(reply);
  }
  return found.filter((entry) => artifactType === undefined || entry.artifactType === artifactType);
}

/**
 * Enters a manifest that has a subject into the subject's fallback index. For registries that did not answer a push with
 * `OCI-Subject`: they do not know what refers to what (distribution specification 1.1, "Pushing Manifests with Subject").
 */
export async function recordReferrer(
  transport: Transport,
  repository: string,
  { bytes, mediaType }: { bytes: Uint8Array; mediaType: string },
): Promise<void> {
  const { subject, artifactType, annotations } = parseJsonObject(bytes, repository) as Partial<Descriptor> & {
    subject?: { digest?: unknown };
  };
  if (!isDigest(subject?.digest)) return;
  const entry = { mediaType, digest: sha256(bytes), size: bytes.byteLength, artifactType, annotations };
  const others = (await readFallback(transport, repository, subject.digest)).filter(
    ({ digest }) => digest !== entry.digest,
  );
  const index = jsonBytes({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: [...others, entry] });
  const reply = await transport.fetch(fallbackPath(repository, subject.digest), {
    method: "PUT",
    headers: { "content-type": IMAGE_INDEX },
    body: index,
    limit: ANSWER_LIMIT,
  });
  expect(reply, [201], repository);
}

async function readFallback(transport: Transport, repository: string, subject: Digest): Promise<Descriptor[]> {
  const path = fallbackPath(repository, subject);
  const reply = await transport.fetch(path, { method: "GET", headers: ACCEPT_MANIFESTS, limit: MANIFEST_LIMIT });
  if (reply.status === 404) return [];
  expect(reply, [200], repository);
  return manifestsOf(reply);
}

/** The tag `sha256-<hex>`. */
function fallbackPath(repository: string, subject: Digest): string {
  return `/v2/${repository}/manifests/${subject.replace(":", "-")}`;
}

function manifestsOf({ body, where }: Reply): Descriptor[] {
  return checkReferrers(decodeJson(body, "REGISTRY_PROTOCOL", where), where).manifests;
}
