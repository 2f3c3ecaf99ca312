/** What a registry does before it serves: takes stock after a crash, and forgets uploads that nobody came back for. */

import type { FastifyBaseLogger } from "fastify";
import type { RegistryContext } from "../context.ts";

const UPLOAD_LIFETIME = 24 * 3600 * 1000;

/** Files without a row were never acknowledged and go; a blob whose file is gone is forgotten, so that it can be pushed again. */
export async function recover({ content, blobs, clock }: RegistryContext, log: FastifyBaseLogger): Promise<void> {
  const live = new Set<string>();
  for (const { id, started } of content.uploads()) {
    const size = await blobs.uploadSize(id).catch(() => undefined);
    if (size === undefined || clock.now() - started > UPLOAD_LIFETIME) content.closeUpload(id);
    else live.add(id);
  }
  for (const digest of await blobs.reconcile(content.blobs(), live)) {
    log.error({ digest }, "a stored blob is missing or truncated");
    content.forgetBlob(digest);
  }
}
