import type { Clock } from "../../../telemetry/clock.ts";

/** The connection that a response goes out on. */
export interface ResponseOwner {
  /** Whether the connection cannot carry another message after this response. */
  mustClose(): boolean;
  /** The head with status 101 is out. */
  switched(): void;
  /** Bytes wait for the client to read. */
  blocked(): void;
  /** The client has read what waited, in part. */
  drained(): void;
  /** The last byte was handed to the socket. @param unsent some bytes wait for the client to read: see `whenOut` */
  finished(unsent: boolean): void;
  /** The response will never be complete. */
  aborted(): void;
  /** What we were about to send must not go out. */
  broken(reason: string): void;
}

/** What the responses of all connections have in common. */
export interface ResponseContext {
  readonly clock: Clock;
  /** Fields that say that the connection stays open, with the empty line behind the head. */
  readonly keepAlive: { readonly lines: string };
}
