import { DESIRED_LIMIT, MESH_NAME } from "../artifact/desired.ts";
import type { Envelope } from "../artifact/dsse.ts";
import { HeddleError } from "../errors.ts";
import { parseJsonObject } from "./oci/body.ts";
import { parseRegistryUrl } from "./oci/origin.ts";
import { createTransport, type Reply } from "./oci/transport.ts";

/** The control plane of one mesh in a registry. Throws REGISTRY_UNREACHABLE, REGISTRY_DENIED, REGISTRY_PROTOCOL, STATE_REFUSED. */
export interface MeshApi {
  readonly url: string;
  readonly mesh: string;
  /** The newest signed state, unverified; undefined before the first. */
  desired(): Promise<unknown>;
  publish(envelope: Envelope): Promise<void>;
  /** Acknowledges or refuses what was desired. */
  report(status: unknown): Promise<void>;
  /** What each proxy has reported. */
  proxies(): Promise<readonly Record<string, unknown>[]>;
  watchUrl(node: string): URL;
  close(): Promise<void>;
}

/** Where the control plane of a mesh is. */
export interface MeshAddress {
  /** `https://host[:port]`; plain http to loopback hosts only. */
  readonly url: string;
  readonly mesh: string;
  readonly token?: string | undefined;
  readonly insecure?: boolean;
}

const ANSWER_LIMIT = 4 * DESIRED_LIMIT;

export function createMeshApi({ url, mesh, token, insecure }: MeshAddress): MeshApi {
  const origin = parseRegistryUrl(url, insecure);
  if (!new RegExp(MESH_NAME).test(mesh)) {
    throw new HeddleError("USAGE", `expected a mesh name of lower-case letters, digits and -, got ${mesh}`);
  }
  const transport = createTransport({ origin, credentials: { token }, idleTimeout: 5_000, totalTimeout: 15_000 });
  const base = `/api/v1/mesh/${mesh}`;
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };

  const get = (path: string) =>
    transport.fetch(`${base}${path}`, { method: "GET", headers: authorization, limit: ANSWER_LIMIT });
  const send = (method: "PUT" | "POST", path: string, value: unknown) =>
    transport.fetch(`${base}${path}`, {
      method,
      headers: { ...authorization, "content-type": "application/json" },
      body: Buffer.from(JSON.stringify(value)),
      limit: ANSWER_LIMIT,
    });

  return {
    url: origin.origin,
    mesh,
    async desired() {
      const reply = await get("/desired");
      if (reply.status === 404) return undefined;
      return parseJsonObject(accepted(reply).body, reply.where).envelope;
    },
    async publish(envelope) {
      accepted(await send("PUT", "/desired", envelope));
    },
    async report(status) {
      accepted(await send("POST", "/status", status));
    },
    async proxies() {
      const reply = accepted(await get("/proxies"));
      const { proxies } = parseJsonObject(reply.body, reply.where);
      if (Array.isArray(proxies)) return proxies as Record<string, unknown>[];
      throw new HeddleError("REGISTRY_PROTOCOL", "expected a list of proxies, got none", { where: reply.where });
    },
    watchUrl: (node) => new URL(`${base}/watch?node=${encodeURIComponent(node)}`, origin),
    close: () => transport.close(),
  };
}

function accepted(reply: Reply): Reply {
  if (reply.status >= 200 && reply.status < 300) return reply;
  const { where, status } = reply;
  const words = saying(reply);
  if (status === 409) throw new HeddleError("STATE_REFUSED", `the registry refused the state${words}`, { where });
  const code = status >= 500 || status === 429 ? "REGISTRY_UNREACHABLE" : "REGISTRY_PROTOCOL";
  throw new HeddleError(code, `expected success, got status ${status}${words}`, { where });
}

/** The registry's own words; they come from outside, so they are cut and cleaned. */
function saying({ body, where }: Reply): string {
  try {
    const { message } = parseJsonObject(body, where);
    return typeof message === "string" ? `: ${message.replace(/[^\x20-\x7e]/g, "?").slice(0, 300)}` : "";
  } catch {
    return "";
  }
}
