/** Why a handshake with an endpoint failed, as a log and a metric name it. */
const REASONS = ["tls_verify", "tls_clear_text", "tls_version", "tls_protocol", "tls_handshake"] as const;
export type HandshakeReason = (typeof REASONS)[number];

/** Our own code beside OpenSSL's: the endpoint did not choose the protocol that it declares. */
export const NO_PROTOCOL = "ERR_SSL_NO_APPLICATION_PROTOCOL";

const KNOWN: Readonly<Record<string, HandshakeReason>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: "tls_clear_text",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "tls_clear_text",
  ERR_SSL_HTTP_REQUEST: "tls_clear_text",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "tls_version",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "tls_version",
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: "tls_protocol",
  [NO_PROTOCOL]: "tls_protocol",
};

/** `ECONNREFUSED`, `EAI_AGAIN`. */
const OF_SYSTEM = /^E(?:AI_)?[A-Z0-9]+$/;
const CODE = /^[A-Z0-9_/]+$/;

/**
 * A code of Node, with the reason in front where it is one of a handshake: `tls_verify: CERT_HAS_EXPIRED`. What is neither
 * the system's nor the protocol's is a verdict on the certificate.
 */
export function handshakeFault(code: string): string {
  const known = KNOWN[code];
  if (known !== undefined) return `${known}: ${code}`;
  if (!CODE.test(code) || (OF_SYSTEM.test(code) && code !== "EPROTO")) return code;
  return `${code.startsWith("ERR_SSL_") || code === "EPROTO" ? "tls_handshake" : "tls_verify"}: ${code}`;
}

/** The reason that such a text begins with. */
export function handshakeReason(detail: string): HandshakeReason | undefined {
  return REASONS.find((reason) => detail.startsWith(`${reason}:`));
}
