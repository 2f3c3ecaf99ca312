/** OpenSSL's reasons that are worth telling apart, as a log and a metric name them. */
const DETAILS: Readonly<Record<string, string>> = {
  ERR_SSL_HTTP_REQUEST: "tls_clear_text",
  ERR_SSL_WRONG_VERSION_NUMBER: "tls_clear_text",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "tls_clear_text",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "tls_version",
  ERR_SSL_NO_SHARED_CIPHER: "tls_no_shared_cipher",
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: "tls_no_certificate",
  ERR_SSL_NO_CERTIFICATE_SET: "tls_no_certificate",
  UNKNOWN_NAME: "tls_server_name",
  ERR_SSL_NO_APPLICATION_PROTOCOL: "tls_no_application_protocol",
};

/** A client that connects and leaves is no fault. */
const DEPARTURES: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);

/** The reason of a failed handshake; undefined for a client that left. */
export function faultDetail(code: string | undefined): string | undefined {
  if (code !== undefined && DEPARTURES.has(code)) return undefined;
  return DETAILS[code ?? ""] ?? "tls_handshake";
}
