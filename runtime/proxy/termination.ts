import type { Listener, ListenerCertificate } from "../config/snapshot.ts";
import type { TlsTermination } from "../http/inbound.ts";
import { createHostIndex, type HostIndex } from "./route/host-index.ts";

/** The certificates of the listeners that share a socket. */
export interface Termination extends TlsTermination {
  /** Counts from the next handshake on. */
  update(listeners: readonly Listener[]): void;
}

type Certificates = readonly ListenerCertificate[];

/**
 * A client belongs to the listener with the most specific hostname for the name that it asks for, and to no other
 * (listener isolation): where that one has no certificate, none of another's is shown.
 */
export function createTermination(listeners: readonly Listener[]): Termination {
  const termination = new SharedTermination();
  termination.update(listeners);
  return termination;
}

class SharedTermination implements Termination {
  #byHost: HostIndex<Certificates> = createHostIndex([]);
  #unnamed: ListenerCertificate | undefined = undefined;
  /** The same objects as long as nothing changes in them: what TLS has made of them can be used again. */
  #known = new Map<string, ListenerCertificate>();

  update(listeners: readonly Listener[]): void {
    const known = new Map<string, ListenerCertificate>();
    const keep = (certificate: ListenerCertificate) => {
      const content = `${certificate.chain}\n${certificate.key}`;
      const kept = known.get(content) ?? this.#known.get(content) ?? certificate;
      known.set(content, kept);
      return kept;
    };
    const entries = listeners.map(({ hostname, tls }) => [hostname, (tls?.certificates ?? []).map(keep)] as const);
    this.#known = known;
    this.#byHost = createHostIndex(entries);
    this.#unnamed = entries.find(([hostname]) => hostname === undefined)?.[1][0];
  }

  certificateFor(serverName: string | undefined): ListenerCertificate | undefined {
    if (serverName === undefined) return this.#unnamed;
    const certificates = this.#byHost.lookup(serverName).next().value ?? [];
    return certificates.find(({ hosts }) => namesHost(hosts, serverName)) ?? certificates[0];
  }
}

/** RFC 6125 6.4.3: an asterisk of a certificate stands for one label. */
function namesHost(hosts: readonly string[], name: string): boolean {
  const parent = `*${name.slice(Math.max(0, name.indexOf(".")))}`;
  return hosts.some((host) => host === name || host === parent);
}
