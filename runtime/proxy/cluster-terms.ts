import { X509Certificate } from "node:crypto";
import type { BackendTls, Cluster } from "../config/snapshot.ts";
import type { ClusterView } from "./cluster-view.ts";

/** On which terms a backend is spoken to, as `/clusters` shows them. Plain data. */
export interface ClusterTerms {
  readonly protocol: string;
  /** Undefined for clear text. */
  readonly tls: TlsView | undefined;
  /** Why nothing is sent to it: requests are answered 503. */
  readonly invalid: string | undefined;
}

export interface TlsView {
  /** `namespace/name` of the BackendTLSPolicy. */
  readonly policy: string;
  readonly serverName: string;
  /** Whom an endpoint's certificate must be for. */
  readonly names: readonly string[];
  /** Whose signature it must bear. */
  readonly trusted: "system" | readonly AuthorityView[];
}

export interface AuthorityView {
  readonly subject: string;
  /** ISO 8601; what OpenSSL says of it where it is no time. */
  readonly notAfter: string;
  /** SHA-256 of the certificate, in pairs of hex digits. */
  readonly fingerprint: string;
}

/** Puts the terms that a snapshot names beside what was counted. */
export function withTerms(
  views: readonly ClusterView[],
  clusters: ReadonlyMap<string, Cluster>,
): (ClusterView & Partial<ClusterTerms>)[] {
  return views.map((view) => {
    const { name, ...counted } = view;
    const cluster = clusters.get(name);
    if (cluster === undefined) return view;
    const { protocol, tls, invalid } = cluster;
    return { name, protocol, tls: tls && viewTls(tls), invalid, ...counted };
  });
}

function viewTls({ policy, serverName, names, trusted }: BackendTls): TlsView {
  return {
    ...{ policy, serverName },
    names: names.map(({ type, value }) => `${type} ${value}`),
    trusted: trusted === "system" ? trusted : trusted.map(viewAuthority),
  };
}

function viewAuthority(pem: string): AuthorityView {
  const { subject, validTo, fingerprint256 } = new X509Certificate(pem);
  return {
    subject: subject.replaceAll("\n", ", "),
    notAfter: timeText(validTo),
    fingerprint: fingerprint256,
  };
}

/** A certificate is parsed without a look at its times: those of an authority are whatever a ConfigMap says. */
function timeText(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}
