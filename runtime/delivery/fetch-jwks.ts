import { HeddleError } from "../errors.ts";
import { readCapped } from "./oci/body.ts";
import { isLoopback } from "./oci/origin.ts";

/** Bytes. The keys of a busy identity provider take a few thousand. */
const SIZE_LIMIT = 1 << 20;
const IDLE_TIMEOUT = 5_000;
const TOTAL_TIMEOUT = 10_000;

/**
 * The text at a JWKS URL: https, or plain http from loopback. Redirects are not followed: they would take the decision
 * who is trusted away from the document. Throws CONFIG_REFUSED, REGISTRY_UNREACHABLE, ARTIFACT_TOO_LARGE, or what the
 * connection threw.
 */
export async function fetchJwks(url: string, signal: AbortSignal): Promise<string> {
  const parsed = new URL(url);
  if (parsed.protocol !== "https:" && !(parsed.protocol === "http:" && isLoopback(parsed.host))) {
    throw new HeddleError("CONFIG_REFUSED", `expected an https URL, got ${parsed.protocol}//${parsed.host}`);
  }
  const { Agent, request } = await import("undici");
  const agent = new Agent({
    headersTimeout: IDLE_TIMEOUT,
    bodyTimeout: IDLE_TIMEOUT,
    connect: { timeout: IDLE_TIMEOUT },
  });
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(TOTAL_TIMEOUT)]);
    const { statusCode, body } = await request(parsed, { dispatcher: agent, signal: limited });
    const bytes = await readCapped(body, SIZE_LIMIT, url);
    if (statusCode === 200) return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    throw new HeddleError("REGISTRY_UNREACHABLE", `expected a JWKS, got status ${statusCode}`, { where: url });
  } finally {
    await agent.destroy();
  }
}
