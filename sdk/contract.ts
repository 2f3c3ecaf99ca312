// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

/** A name and its value: `tuple<string, string>`. */
export class Header {
  constructor(public name: string, public value: string) {}
}

/** Why an edit was refused. `forbidden` names framing, hop-by-hop and host-owned fields. */
export const enum RequestEdit {
  Done,
  BadName,
  BadValue,
  Forbidden,
  TooMany,
}

export const enum ResponseEdit {
  Done,
  BadName,
  BadValue,
  Forbidden,
  TooMany,
}

/** `forbidden`: there is no body here. `too-large`: more than may be kept of one body. */
export const enum BodyEdit {
  Done,
  Forbidden,
  TooLarge,
}

export const enum LocalResponseOutcome {
  Done,
  BadStatus,
  BadHeader,
  TooLarge,
  TooLate,
}

export const enum AttributesStored {
  Done,
  BadName,
  TooLarge,
  TooMany,
}

export const enum CryptoHash {
  Sha256,
  Sha384,
  Sha512,
}

/**
 * `algorithm-mismatch`: the key is pinned to another algorithm than the one asked for.
 * `ambiguous-key`: no key id was given and more than one key would do.
 */
export const enum CryptoVerification {
  Valid,
  Invalid,
  UnknownKeySet,
  UnknownKey,
  AlgorithmMismatch,
  AmbiguousKey,
  Unavailable,
}

export class QuotaDecision {
  constructor(public allowed: bool, public remaining: u32, public retryAfterMs: u32, public resetAfterMs: u32) {}
}

export const enum StoreWritten {
  Done,
  Conflict,
  TooLarge,
  Full,
}

export class StoreEntry {
  constructor(public value: Uint8Array, public version: u32) {}
}

/**
 * `unknown-backend`: not one that the Plugin document grants. `bad-request`: method, target, a field or the body's size
 * is none. `not-here`: the hook cannot wait, as `configure` and `on-log` cannot. `too-many`: the exchange's share of
 * calls is used up. `cancelled`: the exchange has ended. `too-large`: of the response. `broken`: no HTTP came back.
 * `overflow`: the backend has as much to do as it may have.
 */
export const enum HttpClientFailure {
  UnknownBackend,
  BadRequest,
  NotHere,
  TooMany,
  Cancelled,
  Unreachable,
  Timeout,
  TooLarge,
  Broken,
  Overflow,
}

export class HttpClientResponse {
  constructor(public status: u32, public headers: Header[], public body: Uint8Array) {}
}

export const enum TraceStored {
  Done,
  BadName,
  TooLarge,
  TooMany,
}

export const enum LogLevel {
  Trace,
  Debug,
  Info,
  Warn,
  Error,
}
