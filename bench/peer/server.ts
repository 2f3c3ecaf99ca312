/** A server under measurement, or the upstream behind it. */
export interface Server {
  readonly name: string;
  readonly port: number;
  /** Root of its process tree. */
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ProxyOptions {
  /** Loopback port of the server to forward to. */
  readonly upstream: number;
  readonly cpu: number;
}
