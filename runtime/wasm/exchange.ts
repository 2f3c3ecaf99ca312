/** A value where it stands in a longer text. One object serves any number of look-ups; each is read before the next one. */
export interface FoundValue {
  text: string;
  start: number;
  end: number;
}

/** The fields of a message, in order. Names are compared without case and reported in lower case. */
export interface Fields {
  /** The first value of a field. */
  get(name: string): string | undefined;
  /** The same without cutting the value out of the head that it came in; false without such a field. The name is in lower case. */
  find?(lowerCase: string, into: FoundValue): boolean;
  values(name: string): string[];
  entries(): [name: string, value: string][];
  count(): number;
  /** Replaces every occurrence. The caller has checked name and value. */
  set(name: string, value: string): void;
  add(name: string, value: string): void;
  remove(name: string): void;
}

export type Attribute = string | number | boolean;

/** Attributes by name, as a `Map` has them. */
export interface Attributes extends Iterable<[name: string, value: Attribute]> {
  readonly size: number;
  get(name: string): Attribute | undefined;
  has(name: string): boolean;
  set(name: string, value: Attribute): void;
  delete(name: string): boolean;
}

/** The bytes of a body that a hook is about: one piece of it, or all of it. */
export interface BodyPiece {
  /** Valid during the hook; a filter's edit puts other bytes in their place. */
  bytes: Uint8Array;
  /** Whether nothing follows. */
  readonly end: boolean;
}

/** A response that a filter gave in place of the backend. */
export interface LocalResponse {
  status: number;
  headers: [name: string, value: string][];
  body: Uint8Array;
  /** A short reason for the access log, never for the client. */
  detail: string;
  /** Nothing is to be said at all: the client is to see that the exchange was given up. */
  close?: boolean;
}

/** What a certificate says of whom it is for; the shape of `http/tls/certificate-facts.ts`, which this layer may not import. */
export interface CertificateFacts {
  /** As RFC 2253 writes it. */
  readonly subject: string;
  /** The first alternative name of each kind. */
  readonly dnsName: string | undefined;
  readonly uri: string | undefined;
  /** SHA-256, in hexadecimal. */
  readonly digest: string;
  /** The certificate itself, in PEM. */
  readonly pem: () => string;
}

/** A connection to an endpoint. */
export interface UpstreamConnection {
  readonly localAddress: string;
  readonly localPort: number;
  /** Undefined without TLS. */
  readonly tlsVersion: string | undefined;
  readonly peer: CertificateFacts | undefined;
}

/** How an exchange has fared so far, beyond what its messages say. */
export interface ExchangeFacts {
  /** Milliseconds since the epoch when the head of the request had come. */
  readonly began: number;
  /** Milliseconds that it took; undefined until it has ended. */
  readonly duration: number | undefined;
  /** Envoy's response flags and our own, joined by commas. */
  readonly flags: string;
  /** Why it went so, in words; empty where there is nothing to say. */
  readonly detail: string;
  readonly listener: string;
  /** `namespace/name:port`; undefined until one was chosen. */
  readonly cluster: string | undefined;
  /** Of that cluster. */
  readonly endpoints: number | undefined;
  /** The endpoint that was tried last. */
  readonly upstream:
    | {
        readonly address: string;
        readonly port: number;
        readonly attempts: number;
        /** Milliseconds to the head of its response; 0 before. */
        readonly latency: number;
        /** That the request went by; undefined before there is one, and when it is gone. */
        readonly connection: () => UpstreamConnection | undefined;
      }
    | undefined;
}

/**
 * One exchange as a guest may see it. `runtime/http`'s Exchange satisfies this shape; the two layers do not import each
 * other, so the type checker proves it where `runtime/proxy` hands one to the other.
 */
export interface GuestExchange {
  /** Unique among the exchanges alive in this worker; a 32-bit unsigned integer. */
  readonly id: number;
  readonly request: {
    method: string;
    readonly scheme: string;
    authority: string;
    /** Canonical path without the query. */
    path: string;
    /** Raw query without `?`. */
    query: string | undefined;
    readonly fields: Fields;
    /** Whether a body follows the head. */
    readonly hasBody: boolean;
  };
  readonly response: {
    /** 0 until there is a response. */
    status: number;
    readonly fields: Fields;
    /** Whether a body follows the head, as far as is known when hooks see it. */
    readonly hasBody: boolean;
  };
  readonly connection: {
    readonly clientAddress: string;
    readonly clientPort: number;
    readonly serverAddress: string;
    readonly serverPort: number;
    readonly protocol: string;
    /** The host that the client named in the handshake of TLS. */
    readonly serverName?: string | undefined;
    /** `TLSv1.3` or `TLSv1.2`; undefined without TLS. */
    readonly tlsVersion?: string | undefined;
    /** What the certificate says that this side has shown; undefined without TLS. */
    readonly ownCertificate?: (() => CertificateFacts | undefined) | undefined;
  };
  /** Bytes of the bodies so far. */
  readonly received?: number;
  readonly sent?: number;
  /** Asked when somebody wants to know. */
  readonly standing?: { readonly facts: ExchangeFacts } | undefined;
  readonly routing: {
    /** `namespace/name/rule`. */
    readonly route: string;
    /** `namespace/name:port` of every backend that the matched rule may use. */
    readonly backends: readonly string[];
    /** What a filter chose; always one of `backends`. */
    chosen: string | undefined;
    hashKey: string | undefined;
    /** A filter has changed what the request was routed by: its rule is chosen anew when all filters are through with it. */
    again?: boolean;
  };
  readonly attributes: Attributes;
  /** Attributes of the exchange's span in a trace, once a filter has set one. */
  span?: Map<string, Attribute> | undefined;
  /** Set together with the verdict `respond`, taken by the chain at once: it never lies here while other hooks run. */
  localResponse: LocalResponse | undefined;
  /** What plugins have used up of their budgets: the filters' host alone reads and writes it. */
  usage?: unknown;
}
