import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A certificate with its key, PEM. */
export interface TestCertificate {
  readonly chain: string;
  readonly key: string;
}

interface CertificateOptions {
  /** Milliseconds since the epoch. */
  notBefore?: number;
  notAfter?: number;
  key?: KeyObject;
  /** Who signs it, in place of its own key. */
  issuer?: TestAuthority;
  /** Further alternative names. */
  uris?: readonly string[];
  /** What the subject is called; the first host without it. */
  commonName?: string;
  /** Whether it may sign others. */
  isAuthority?: boolean;
}

/** What signs certificates. */
export interface TestAuthority extends TestCertificate {
  readonly commonName: string;
}

/** An authority, self-signed unless another one signs it. */
export function authority(commonName: string, options: CertificateOptions = {}): TestAuthority {
  return { commonName, ...certificateFor([], { isAuthority: true, ...options, commonName }) };
}

const DAY = 86_400_000;

/** A certificate (RFC 5280) for host names, self-signed unless there is an issuer, with an ECDSA key on P-256 unless another is given. */
export function certificateFor(hosts: readonly string[], options: CertificateOptions = {}): TestCertificate {
  const key = options.key ?? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const { notBefore = Date.now() - DAY, notAfter = Date.now() + DAY } = options;
  const { issuer, uris = [], commonName = hosts[0] ?? "nobody", isAuthority = false } = options;
  const signer = issuer === undefined ? key : createPrivateKey(issuer.key);
  const algorithm = algorithmOf(signer);
  const alternatives = [
    ...hosts.map((host) => der(0x82, Buffer.from(host))),
    ...uris.map((uri) => der(0x86, Buffer.from(uri))),
  ];
  const extensions = [
    ...(alternatives.length > 0 ? [extension("551d11", sequence(...alternatives))] : []),
    ...(isAuthority ? [extension("551d13", sequence(der(0x01, Buffer.from([255]))))] : []),
  ];
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    nameOf(issuer?.commonName ?? commonName),
    sequence(time(notBefore), time(notAfter)),
    nameOf(commonName),
    createPublicKey(key).export({ type: "spki", format: "der" }),
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  );
  const signature = sign("sha256", body, signer);
  const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return { chain: pem("CERTIFICATE", whole), key: key.export({ type: "pkcs8", format: "pem" }) as string };
}

/** An RSA key of so many bits, for what depends on the kind of a key. */
export function rsaKey(bits: number): KeyObject {
  return createPrivateKey(
    generateKeyPairSync("rsa", {
      modulusLength: bits,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    }).privateKey,
  );
}

function algorithmOf(key: KeyObject): Buffer {
  // sha256WithRSAEncryption, ecdsa-with-SHA256
  if (key.asymmetricKeyType === "rsa") return sequence(oid("2a864886f70d01010b"), der(0x05, Buffer.alloc(0)));
  return sequence(oid("2a8648ce3d040302"));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, Buffer.concat(parts));
const set = (...parts: readonly Buffer[]) => der(0x31, Buffer.concat(parts));
const integer = (bytes: Buffer) => der(0x02, bytes);
const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));

const nameOf = (commonName: string) => sequence(set(sequence(oid("550403"), der(0x0c, Buffer.from(commonName)))));
const extension = (hex: string, value: Buffer) => sequence(oid(hex), der(0x04, value));

/** GeneralizedTime. */
function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, "");
  return der(0x18, Buffer.from(digits));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
