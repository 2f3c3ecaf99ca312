import { constants } from "node:crypto";
import type { SecureContext, SecureContextOptions } from "node:tls";
import type { Certificate } from "../inbound.ts";
import type { OutboundTls } from "../outbound.ts";
import { nodeTls } from "./node-tls.ts";
import { sharedTicketKeys } from "./ticket-keys.ts";

/** Key exchange with forward secrecy and authenticated encryption alone, which is also what HTTP/2 asks for (RFC 9113 9.2.2). */
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

const SECURE_OPTIONS =
  constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_CIPHER_SERVER_PREFERENCE | constants.SSL_OP_PRIORITIZE_CHACHA;

/** With the settings that do not depend on the certificate; without one, every handshake fails by an alert. */
export function tlsOptions(certificate: Certificate | undefined): SecureContextOptions {
  return {
    ...(certificate === undefined ? {} : { cert: certificate.chain, key: certificate.key }),
    minVersion: "TLSv1.2",
    ciphers: CIPHERS,
    secureOptions: SECURE_OPTIONS,
    // A session goes on with another certificate of ours only if its name says so; OpenSSL compares that itself.
    sessionIdContext: "heddle",
    ticketKeys: sharedTicketKeys(),
  };
}

const contexts = new WeakMap<Certificate, SecureContext>();

/** Made once for each certificate. */
export function secureContextOf(certificate: Certificate): SecureContext {
  const known = contexts.get(certificate);
  if (known !== undefined) return known;
  const context = nodeTls().createSecureContext(tlsOptions(certificate));
  contexts.set(certificate, context);
  return context;
}

const clientContexts = new WeakMap<OutboundTls, SecureContext>();
let ofSystem: SecureContext | undefined;

/** Trusts what these settings say; made once for them, and once for all that trust the machine's certificates. */
export function clientContextOf(tls: OutboundTls): SecureContext {
  const { trusted } = tls;
  if (trusted === "system") {
    ofSystem ??= clientContext(systemCertificates());
    return ofSystem;
  }
  const known = clientContexts.get(tls);
  if (known !== undefined) return known;
  const context = clientContext(trusted);
  clientContexts.set(tls, context);
  return context;
}

function clientContext(ca: readonly string[]): SecureContext {
  const secureOptions = constants.SSL_OP_NO_RENEGOTIATION;
  return nodeTls().createSecureContext({ ca: [...ca], minVersion: "TLSv1.2", ciphers: CIPHERS, secureOptions });
}

/** A machine without any has those that Node brings along (Mozilla's). */
function systemCertificates(): readonly string[] {
  const { getCACertificates } = nodeTls();
  const found = getCACertificates("system");
  return found.length > 0 ? found : getCACertificates("bundled");
}
