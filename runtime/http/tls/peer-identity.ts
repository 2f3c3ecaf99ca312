import { X509Certificate } from "node:crypto";
import type { PeerCertificate } from "node:tls";
import { hostMatches } from "../../config/hostname.ts";
import type { OutboundTls } from "../outbound.ts";

type Name = OutboundTls["names"][number];

/** Only names of the subject's alternative names count, and a wildcard stands for one whole label (RFC 9525). */
const STRICT = { subject: "never", partialWildcards: false, multiLabelWildcards: false } as const;

/**
 * What Node asks about an endpoint's certificate once its chain is verified. The name that it passes is not used: the
 * certificate must be for one of these.
 */
export function identityCheck(names: readonly Name[]) {
  return (_host: string, { raw }: PeerCertificate): Error | undefined => {
    const certificate = new X509Certificate(raw);
    if (names.some((name) => isFor(certificate, name))) return undefined;
    const wanted = names.map(({ value }) => value).join(", ");
    return Object.assign(new Error(`the certificate is for none of ${wanted}`), { code: "CERT_NAME_MISMATCH" });
  };
}

function isFor(certificate: X509Certificate, { type, value }: Name): boolean {
  if (type === "URI") return alternativeNames(certificate, "URI").includes(value);
  if (!value.startsWith("*.")) return certificate.checkHost(value, STRICT) !== undefined;
  return alternativeNames(certificate, "DNS").some((host) => hostMatches(value, host.toLowerCase()));
}

/** Type and value; Node writes a value in quotes that could be taken for more than one. Such a one is none of ours. */
const NAME = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;

function alternativeNames({ subjectAltName }: X509Certificate, type: string): string[] {
  const found: string[] = [];
  const text = subjectAltName ?? "";
  NAME.lastIndex = 0;
  while (NAME.lastIndex < text.length) {
    const match = NAME.exec(text);
    if (match === null) return found;
    if (match[1] === type) found.push(match[2] as string);
  }
  return found;
}
