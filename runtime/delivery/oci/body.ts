import { decodeJson } from "../../artifact/schema.ts";
import { HeddleError } from "../../errors.ts";

/**
 * Reads a body of at most `limit` bytes; the first byte beyond it ends the transfer.
 * Throws ARTIFACT_TOO_LARGE.
 */
export async function readCapped(body: AsyncIterable<Uint8Array>, limit: number, where: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    // Leaving the loop ends the transfer.
    if (size > limit)
      throw new HeddleError("ARTIFACT_TOO_LARGE", `expected at most ${limit} bytes, got more`, { where });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Parses a JSON object that a registry sent. Throws REGISTRY_PROTOCOL. */
export function parseJsonObject(bytes: Uint8Array, where: string): Record<string, unknown> {
  const value = decodeJson(bytes, "REGISTRY_PROTOCOL", where);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new HeddleError("REGISTRY_PROTOCOL", "expected a JSON object, got another JSON value", { where });
}
