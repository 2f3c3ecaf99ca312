import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

export const CERTIFICATE = "tls.crt";
export const PRIVATE_KEY = "tls.key";
/** In a ConfigMap: the certificates that sign others. */
export const AUTHORITIES = "ca.crt";

/** What is wrong with a certificate and its key; never with anything of the key in it. */
export interface CertificateFault {
  readonly part: typeof CERTIFICATE | typeof PRIVATE_KEY;
  readonly expected: string;
  readonly got: string;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Looks at PEM texts as TLS will: undefined when a listener can use them. */
export function certificateFault(chain: string, key: string): CertificateFault | undefined {
  const leaf = leafOf(chain);
  if (leaf === undefined) {
    const got = chain.includes("PRIVATE KEY") ? "a private key" : `${chain.length} characters of something else`;
    return { part: CERTIFICATE, expected: "certificates in PEM, the host's own first", got };
  }
  const privateKey = keyOf(key);
  if (privateKey === undefined)
    return { part: PRIVATE_KEY, expected: "an unencrypted private key in PEM", got: notAKey(key) };
  if (!leaf.checkPrivateKey(privateKey)) {
    return { part: PRIVATE_KEY, expected: "the key of the first certificate of tls.crt", got: "the key of another" };
  }
  const reason = refusalByTls(chain, key);
  return reason === undefined
    ? undefined
    : { part: CERTIFICATE, expected: "certificates that TLS takes", got: `some that it refuses: ${reason}` };
}

/** The host's own certificate, for which the others of a chain vouch; undefined when there is none. */
export function leafOf(chain: string): X509Certificate | undefined {
  const blocks = chain.match(BLOCK) ?? [];
  try {
    const [leaf] = blocks.map((block) => new X509Certificate(block));
    return leaf;
  } catch {
    return undefined;
  }
}

/** Hosts of the subject's alternative names, in lower case; an old certificate without any is for its common name. */
export function hostsOf(leaf: X509Certificate): string[] {
  const names = leaf.subjectAltName?.split(", ") ?? [];
  const hosts = names.flatMap((name) => (name.startsWith("DNS:") ? [name.slice(4).toLowerCase()] : []));
  if (leaf.subjectAltName !== undefined) return hosts;
  const common = /^CN=(.+)$/m.exec(leaf.subject)?.[1];
  return common === undefined ? [] : [common.toLowerCase()];
}

/** The certificates of a PEM text, each in PEM. */
export function authoritiesOf(text: string): string[] {
  return text.match(BLOCK) ?? [];
}

/** Why a text is no list of certificates to trust; undefined when it is. */
export function authoritiesFault(text: string): string | undefined {
  if (text.includes("PRIVATE KEY")) return "a private key, which does not belong here";
  const blocks = authoritiesOf(text);
  if (blocks.length === 0) return `${text.length} characters of something else`;
  const bad = blocks.findIndex((block) => leafOf(block) === undefined);
  if (bad >= 0) return `number ${bad + 1} of them is none`;
  try {
    process.getBuiltinModule("node:tls").createSecureContext({ ca: blocks });
    return undefined;
  } catch (error) {
    return `some that it refuses: ${(error as { reason?: string }).reason ?? "no reason given"}`;
  }
}

function keyOf(key: string): KeyObject | undefined {
  try {
    return createPrivateKey(key);
  } catch {
    return undefined;
  }
}

function notAKey(key: string): string {
  if (key.includes("ENCRYPTED")) return "an encrypted one";
  if (key.includes("CERTIFICATE")) return "a certificate";
  return `${key.length} characters of something else`;
}

/** OpenSSL's own word, for example on a key that is too short. Who has no certificate need not load TLS: it is 3 MB. */
function refusalByTls(cert: string, key: string): string | undefined {
  try {
    process.getBuiltinModule("node:tls").createSecureContext({ cert, key });
    return undefined;
  } catch (error) {
    return (error as { reason?: string }).reason ?? "no reason given";
  }
}
