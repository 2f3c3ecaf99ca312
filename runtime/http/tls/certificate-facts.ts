import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

/** What a certificate says of whom it is for. */
export interface CertificateFacts {
  /** As RFC 2253 writes it, the most specific part first. */
  readonly subject: string;
  /** The first alternative name of each kind. */
  readonly dnsName: string | undefined;
  readonly uri: string | undefined;
  /** SHA-256, in hexadecimal. */
  readonly digest: string;
  /** The certificate itself, in PEM. */
  readonly pem: () => string;
}

/** The certificate that this side has shown. Undefined without TLS, and where the connection is gone. */
export function ownCertificate(socket: Socket): CertificateFacts | undefined {
  return factsOf((socket as Partial<TLSSocket>).getX509Certificate?.());
}

/** The same of the other side. */
export function peerCertificate(socket: Socket): CertificateFacts | undefined {
  return factsOf((socket as Partial<TLSSocket>).getPeerX509Certificate?.());
}

function factsOf(certificate: X509Certificate | undefined): CertificateFacts | undefined {
  if (certificate === undefined) return undefined;
  const { subject, subjectAltName = "", fingerprint256 } = certificate;
  return {
    subject: (subject ?? "").split("\n").reverse().join(","),
    dnsName: firstOf("DNS", subjectAltName),
    uri: firstOf("URI", subjectAltName),
    digest: fingerprint256.replaceAll(":", "").toLowerCase(),
    pem: () => certificate.toString(),
  };
}

/** `DNS:a.test, URI:b`, where a name with a comma stands in quotes, as JSON has it. */
function firstOf(kind: string, names: string): string | undefined {
  const [, quoted, plain] = new RegExp(`(?:^|, )${kind}:(?:("(?:[^"\\\\]|\\\\.)*")|([^,"]*))`).exec(names) ?? [];
  return quoted === undefined ? plain : String(JSON.parse(quoted));
}
