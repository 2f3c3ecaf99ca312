import type { ClientHttp2Session } from "node:http2";
import { createDial, type Dial } from "../dial.ts";
import { type Connect, OUTBOUND_LIMITS, type Outbound, type OutboundLimits } from "../outbound.ts";
import { H2Call } from "./h2-call.ts";
import { createH2Peer, type H2Peer } from "./h2-peer.ts";
import { nodeHttp2 } from "./node-http2.ts";

/** Connections to one endpoint; more than one only when its streams do not suffice. */
const MAX_SESSIONS = 4;

/**
 * HTTP/2 out, by prior knowledge over clear text and by ALPN over TLS (RFC 9113 3.2, 3.3): streams of all requests on few
 * connections.
 */
export const connectH2: Connect = (endpoint, overrides = {}) => {
  const scheme = endpoint.tls === undefined ? "http" : "https";
  return createH2Outbound(createDial(endpoint, "h2"), scheme, { ...OUTBOUND_LIMITS, ...overrides });
};

function createH2Outbound(dial: Dial, scheme: "http" | "https", limits: OutboundLimits): Outbound {
  const peers = new Set<H2Peer>();
  let capacity: number | undefined;
  const learned = (streams: number) => {
    capacity = streams;
  };
  const open = (): H2Peer => {
    const session = openSession(dial, scheme, limits);
    const peer = createH2Peer({ session, limits, capacity, learned, gone: () => void peers.delete(peer) });
    peers.add(peer);
    return peer;
  };
  const acquire = (): H2Peer | undefined => {
    const usable = [...peers].filter((peer) => peer.usable);
    const roomy = usable.find((peer) => peer.active < peer.capacity);
    if (roomy !== undefined) return roomy;
    // Nor would another connection be allowed any; this one hears of it when that changes.
    if (usable.some((peer) => peer.settled && peer.capacity === 0)) return undefined;
    if (usable.length < MAX_SESSIONS) return open();
    const settled = usable.filter((peer) => peer.settled);
    return (settled.length > 0 ? settled : usable).reduce((best, peer) => (peer.active < best.active ? peer : best));
  };
  return {
    send: (request, body, listener) =>
      new H2Call({ request, body, listener, limits, scheme, acquire, faultOf: dial.faultOf }),
    async close() {
      await Promise.all([...peers].map((peer) => peer.close()));
    },
    async destroy() {
      await Promise.all([...peers].map((peer) => peer.destroy()));
    },
  };
}

function openSession(dial: Dial, scheme: string, limits: OutboundLimits): ClientHttp2Session {
  // The name says nothing: `dial` knows where to, and every request brings its own authority.
  return nodeHttp2().connect(`${scheme}://endpoint`, {
    createConnection: () => dial.open(),
    settings: { enablePush: false, maxHeaderListSize: limits.headerBytes },
    maxSettings: 32,
    maxReservedRemoteStreams: 0,
  });
}
