// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import { Header, RequestEdit, ResponseEdit, BodyEdit, LocalResponseOutcome, AttributesStored, CryptoHash, CryptoVerification, QuotaDecision, StoreWritten, StoreEntry, HttpClientFailure, HttpClientResponse, TraceStored, LogLevel } from "./contract";
export * from "./contract";

/** Where the host stores results that do not fit into one core value. */
const area: usize = memory.data(64, 8);

// @ts-ignore: decorator
@inline
function liftText(pointer: usize, length: i32): string {
  return length == 0 ? "" : changetype<string>(pointer);
}

// @ts-ignore: decorator
@inline
function liftBytes(pointer: usize, length: i32): Uint8Array {
  return length == 0 ? new Uint8Array(0) : Uint8Array.wrap(changetype<ArrayBuffer>(pointer));
}

/** A value, or where that is null the number of the case that says why there is none. */
export class Result<Ok> {
  constructor(public ok: Ok | null, public error: i32) {}
}

function liftTexts(pointer: usize, length: i32): string[] {
  const list = new Array<string>(length);
  for (let i = 0; i < length; i++, pointer += 8) list[i] = liftText(load<usize>(pointer), load<i32>(pointer, 4));
  return list;
}

function liftHeaders(pointer: usize, length: i32): Header[] {
  const list = new Array<Header>(length);
  for (let i = 0; i < length; i++, pointer += 16) {
    list[i] = new Header(liftText(load<usize>(pointer), load<i32>(pointer, 4)), liftText(load<usize>(pointer, 8), load<i32>(pointer, 12)));
  }
  return list;
}

function lowerHeaders(list: Header[]): StaticArray<usize> {
  const flat = new StaticArray<usize>(list.length * 4);
  for (let i = 0; i < list.length; i++) {
    const header = list[i];
    flat[i * 4] = changetype<usize>(header.name);
    flat[i * 4 + 1] = header.name.length;
    flat[i * 4 + 2] = changetype<usize>(header.value);
    flat[i * 4 + 3] = header.value.length;
  }
  return flat;
}

// request

// @ts-ignore: decorator
@external("heddle:policy/request@0.2.0", "method")
declare function $requestMethod(p0: i32): void;

export function requestMethod(): string {
  $requestMethod(<i32>area);
  return liftText(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/request@0.2.0", "scheme")
declare function $requestScheme(p0: i32): void;

export function requestScheme(): string {
  $requestScheme(<i32>area);
  return liftText(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/request@0.2.0", "authority")
declare function $requestAuthority(p0: i32): void;

export function requestAuthority(): string {
  $requestAuthority(<i32>area);
  return liftText(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/request@0.2.0", "path")
declare function $requestPath(p0: i32): void;

/** The canonical path, without the query. */
export function requestPath(): string {
  $requestPath(<i32>area);
  return liftText(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/request@0.2.0", "query")
declare function $requestQuery(p0: i32): void;

/** The raw query without its `?`; none when the target has no `?`. */
export function requestQuery(): string | null {
  $requestQuery(<i32>area);
  return load<u8>(area) == 0 ? null : liftText(load<usize>(area, 4), load<i32>(area, 8));
}

// @ts-ignore: decorator
@external("heddle:policy/request@0.2.0", "header")
declare function $requestHeader(p0: i32, p1: i32, p2: i32): void;

/** The first value of a field. */
export function requestHeader(name: string): string | null {
  $requestHeader(<i32>changetype<usize>(name), name.length, <i32>area);
  return load<u8>(area) == 0 ? null : liftText(load<usize>(area, 4), load<i32>(area, 8));
}

// @ts-ignore: decorator
@external("heddle:policy/request@0.2.0", "header-values")
declare function $requestHeaderValues(p0: i32, p1: i32, p2: i32): void;

/** Every value of a field, in order. */
export function requestHeaderValues(name: string): string[] {
  $requestHeaderValues(<i32>changetype<usize>(name), name.length, <i32>area);
  return liftTexts(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/request@0.2.0", "headers")
declare function $requestHeaders(p0: i32): void;

/** Every field, in order. */
export function requestHeaders(): Header[] {
  $requestHeaders(<i32>area);
  return liftHeaders(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/request@0.2.0", "header-equals")
declare function $requestHeaderEquals(p0: i32, p1: i32, p2: i32, p3: i32): i32;

/** Whether the field occurs exactly once with exactly this value. */
export function requestHeaderEquals(name: string, value: string): bool {
  return $requestHeaderEquals(<i32>changetype<usize>(name), name.length, <i32>changetype<usize>(value), value.length) != 0;
}

// @ts-ignore: decorator
@external("heddle:policy/request@0.2.0", "set-header")
declare function $requestSetHeader(p0: i32, p1: i32, p2: i32, p3: i32): i32;

/** Replaces every occurrence of the field. */
export function requestSetHeader(name: string, value: string): RequestEdit {
  return $requestSetHeader(<i32>changetype<usize>(name), name.length, <i32>changetype<usize>(value), value.length);
}

// @ts-ignore: decorator
@external("heddle:policy/request@0.2.0", "add-header")
declare function $requestAddHeader(p0: i32, p1: i32, p2: i32, p3: i32): i32;

export function requestAddHeader(name: string, value: string): RequestEdit {
  return $requestAddHeader(<i32>changetype<usize>(name), name.length, <i32>changetype<usize>(value), value.length);
}

// @ts-ignore: decorator
@external("heddle:policy/request@0.2.0", "remove-header")
declare function $requestRemoveHeader(p0: i32, p1: i32): i32;

export function requestRemoveHeader(name: string): RequestEdit {
  return $requestRemoveHeader(<i32>changetype<usize>(name), name.length);
}

// @ts-ignore: decorator
@external("heddle:policy/request@0.2.0", "has-body")
declare function $requestHasBody(): i32;

/** Whether a body follows the head. */
export function requestHasBody(): bool {
  return $requestHasBody() != 0;
}

// response

// @ts-ignore: decorator
@external("heddle:policy/response@0.2.0", "status")
declare function $responseStatus(): i32;

/** 0 while there is no response yet. */
export function responseStatus(): u32 {
  return $responseStatus();
}

// @ts-ignore: decorator
@external("heddle:policy/response@0.2.0", "set-status")
declare function $responseSetStatus(p0: i32): i32;

export function responseSetStatus(status: u32): ResponseEdit {
  return $responseSetStatus(<i32>status);
}

// @ts-ignore: decorator
@external("heddle:policy/response@0.2.0", "header")
declare function $responseHeader(p0: i32, p1: i32, p2: i32): void;

export function responseHeader(name: string): string | null {
  $responseHeader(<i32>changetype<usize>(name), name.length, <i32>area);
  return load<u8>(area) == 0 ? null : liftText(load<usize>(area, 4), load<i32>(area, 8));
}

// @ts-ignore: decorator
@external("heddle:policy/response@0.2.0", "header-values")
declare function $responseHeaderValues(p0: i32, p1: i32, p2: i32): void;

export function responseHeaderValues(name: string): string[] {
  $responseHeaderValues(<i32>changetype<usize>(name), name.length, <i32>area);
  return liftTexts(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/response@0.2.0", "headers")
declare function $responseHeaders(p0: i32): void;

export function responseHeaders(): Header[] {
  $responseHeaders(<i32>area);
  return liftHeaders(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/response@0.2.0", "set-header")
declare function $responseSetHeader(p0: i32, p1: i32, p2: i32, p3: i32): i32;

export function responseSetHeader(name: string, value: string): ResponseEdit {
  return $responseSetHeader(<i32>changetype<usize>(name), name.length, <i32>changetype<usize>(value), value.length);
}

// @ts-ignore: decorator
@external("heddle:policy/response@0.2.0", "add-header")
declare function $responseAddHeader(p0: i32, p1: i32, p2: i32, p3: i32): i32;

export function responseAddHeader(name: string, value: string): ResponseEdit {
  return $responseAddHeader(<i32>changetype<usize>(name), name.length, <i32>changetype<usize>(value), value.length);
}

// @ts-ignore: decorator
@external("heddle:policy/response@0.2.0", "remove-header")
declare function $responseRemoveHeader(p0: i32, p1: i32): i32;

export function responseRemoveHeader(name: string): ResponseEdit {
  return $responseRemoveHeader(<i32>changetype<usize>(name), name.length);
}

// @ts-ignore: decorator
@external("heddle:policy/response@0.2.0", "has-body")
declare function $responseHasBody(): i32;

/** Whether a body follows the head, as far as that is known. */
export function responseHasBody(): bool {
  return $responseHasBody() != 0;
}

// body

// @ts-ignore: decorator
@external("heddle:policy/body@0.2.0", "size")
declare function $bodySize(): i32;

/** Bytes, edits included. */
export function bodySize(): u32 {
  return $bodySize();
}

// @ts-ignore: decorator
@external("heddle:policy/body@0.2.0", "end")
declare function $bodyEnd(): i32;

/** Whether nothing follows these bytes. */
export function bodyEnd(): bool {
  return $bodyEnd() != 0;
}

// @ts-ignore: decorator
@external("heddle:policy/body@0.2.0", "read")
declare function $bodyRead(p0: i32, p1: i32, p2: i32): void;

/** Bytes from `start` on, at most `length`: fewer where they end. */
export function bodyRead(start: u32, length: u32): Uint8Array {
  $bodyRead(<i32>start, <i32>length, <i32>area);
  return liftBytes(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/body@0.2.0", "replace")
declare function $bodyReplace(p0: i32, p1: i32): i32;

/** Puts bytes in the place of all of them; empty drops them. */
export function bodyReplace(bytes: Uint8Array): BodyEdit {
  return $bodyReplace(<i32>bytes.dataStart, bytes.length);
}

// @ts-ignore: decorator
@external("heddle:policy/body@0.2.0", "append")
declare function $bodyAppend(p0: i32, p1: i32): i32;

/** Puts bytes behind them. */
export function bodyAppend(bytes: Uint8Array): BodyEdit {
  return $bodyAppend(<i32>bytes.dataStart, bytes.length);
}

// local-response

// @ts-ignore: decorator
@external("heddle:policy/local-response@0.2.0", "send")
declare function $localResponseSend(p0: i32, p1: i32, p2: i32, p3: i32, p4: i32, p5: i32, p6: i32): i32;

/** `detail` is a short machine-readable reason for the access log, such as `jwt_expired`; it never reaches the client. */
export function localResponseSend(status: u32, headers: Header[], body: Uint8Array, detail: string): LocalResponseOutcome {
  const flatHeaders = lowerHeaders(headers);
  return $localResponseSend(<i32>status, <i32>changetype<usize>(flatHeaders), headers.length, <i32>body.dataStart, body.length, <i32>changetype<usize>(detail), detail.length);
}

// connection

// @ts-ignore: decorator
@external("heddle:policy/connection@0.2.0", "client-address")
declare function $connectionClientAddress(p0: i32): void;

/** The client's address after the listener's trusted-hop rules; no port, no brackets. */
export function connectionClientAddress(): string {
  $connectionClientAddress(<i32>area);
  return liftText(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/connection@0.2.0", "client-port")
declare function $connectionClientPort(): i32;

export function connectionClientPort(): u32 {
  return $connectionClientPort();
}

// @ts-ignore: decorator
@external("heddle:policy/connection@0.2.0", "server-address")
declare function $connectionServerAddress(p0: i32): void;

export function connectionServerAddress(): string {
  $connectionServerAddress(<i32>area);
  return liftText(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/connection@0.2.0", "server-port")
declare function $connectionServerPort(): i32;

export function connectionServerPort(): u32 {
  return $connectionServerPort();
}

// @ts-ignore: decorator
@external("heddle:policy/connection@0.2.0", "protocol")
declare function $connectionProtocol(p0: i32): void;

/** `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`. */
export function connectionProtocol(): string {
  $connectionProtocol(<i32>area);
  return liftText(load<usize>(area), load<i32>(area, 4));
}

// routing

// @ts-ignore: decorator
@external("heddle:policy/routing@0.2.0", "route")
declare function $routingRoute(p0: i32): void;

/** `namespace/name/rule` of the matched route. */
export function routingRoute(): string {
  $routingRoute(<i32>area);
  return liftText(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/routing@0.2.0", "backends")
declare function $routingBackends(p0: i32): void;

/** The backends that the matched rule may use, as `namespace/name:port`. */
export function routingBackends(): string[] {
  $routingBackends(<i32>area);
  return liftTexts(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/routing@0.2.0", "choose-backend")
declare function $routingChooseBackend(p0: i32, p1: i32): i32;

/** Sends this request to one of them, whatever the weights say. False when it is not in `backends`. */
export function routingChooseBackend(name: string): bool {
  return $routingChooseBackend(<i32>changetype<usize>(name), name.length) != 0;
}

// @ts-ignore: decorator
@external("heddle:policy/routing@0.2.0", "set-hash-key")
declare function $routingSetHashKey(p0: i32, p1: i32): void;

/** The key for a consistent-hash balancer. */
export function routingSetHashKey(key: string): void {
  $routingSetHashKey(<i32>changetype<usize>(key), key.length);
}

// attributes

// @ts-ignore: decorator
@external("heddle:policy/attributes@0.2.0", "text")
declare function $attributesText(p0: i32, p1: i32, p2: i32): void;

export function attributesText(name: string): string | null {
  $attributesText(<i32>changetype<usize>(name), name.length, <i32>area);
  return load<u8>(area) == 0 ? null : liftText(load<usize>(area, 4), load<i32>(area, 8));
}

// @ts-ignore: decorator
@external("heddle:policy/attributes@0.2.0", "number")
declare function $attributesNumber(p0: i32, p1: i32, p2: i32): void;

export function attributesNumber(name: string): f64 {
  $attributesNumber(<i32>changetype<usize>(name), name.length, <i32>area);
  return load<u8>(area) == 0 ? NaN : load<f64>(area, 8);
}

// @ts-ignore: decorator
@external("heddle:policy/attributes@0.2.0", "flag")
declare function $attributesFlag(p0: i32, p1: i32, p2: i32): void;

export function attributesFlag(name: string): i32 {
  $attributesFlag(<i32>changetype<usize>(name), name.length, <i32>area);
  return load<u8>(area) == 0 ? -1 : i32(load<u8>(area, 1) != 0);
}

// @ts-ignore: decorator
@external("heddle:policy/attributes@0.2.0", "set-text")
declare function $attributesSetText(p0: i32, p1: i32, p2: i32, p3: i32): i32;

export function attributesSetText(name: string, value: string): AttributesStored {
  return $attributesSetText(<i32>changetype<usize>(name), name.length, <i32>changetype<usize>(value), value.length);
}

// @ts-ignore: decorator
@external("heddle:policy/attributes@0.2.0", "set-number")
declare function $attributesSetNumber(p0: i32, p1: i32, p2: f64): i32;

export function attributesSetNumber(name: string, value: f64): AttributesStored {
  return $attributesSetNumber(<i32>changetype<usize>(name), name.length, value);
}

// @ts-ignore: decorator
@external("heddle:policy/attributes@0.2.0", "set-flag")
declare function $attributesSetFlag(p0: i32, p1: i32, p2: i32): i32;

export function attributesSetFlag(name: string, value: bool): AttributesStored {
  return $attributesSetFlag(<i32>changetype<usize>(name), name.length, <i32>value);
}

// @ts-ignore: decorator
@external("heddle:policy/attributes@0.2.0", "remove")
declare function $attributesRemove(p0: i32, p1: i32): void;

export function attributesRemove(name: string): void {
  $attributesRemove(<i32>changetype<usize>(name), name.length);
}

// crypto

// @ts-ignore: decorator
@external("heddle:policy/crypto@0.2.0", "digest")
declare function $cryptoDigest(p0: i32, p1: i32, p2: i32, p3: i32): void;

export function cryptoDigest(algorithm: CryptoHash, data: Uint8Array): Uint8Array {
  $cryptoDigest(<i32>algorithm, <i32>data.dataStart, data.length, <i32>area);
  return liftBytes(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/crypto@0.2.0", "hmac")
declare function $cryptoHmac(p0: i32, p1: i32, p2: i32, p3: i32, p4: i32, p5: i32, p6: i32, p7: i32, p8: i32): void;

/** HMAC under a named shared key; none when the key set or key is unknown or holds no shared key. */
export function cryptoHmac(algorithm: CryptoHash, keySet: string, keyId: string | null, data: Uint8Array): Uint8Array | null {
  $cryptoHmac(<i32>algorithm, <i32>changetype<usize>(keySet), keySet.length, i32(keyId !== null), <i32>changetype<usize>(keyId), keyId === null ? 0 : keyId.length, <i32>data.dataStart, data.length, <i32>area);
  return load<u8>(area) == 0 ? null : liftBytes(load<usize>(area, 4), load<i32>(area, 8));
}

// @ts-ignore: decorator
@external("heddle:policy/crypto@0.2.0", "verify")
declare function $cryptoVerify(p0: i32, p1: i32, p2: i32, p3: i32, p4: i32, p5: i32, p6: i32, p7: i32, p8: i32, p9: i32, p10: i32): i32;

/** Verifies a JWS-style signature: `algorithm` is RS256, ES256, EdDSA or HS256; ES256 signatures are r||s (RFC 7518 3.4). */
export function cryptoVerify(keySet: string, keyId: string | null, algorithm: string, data: Uint8Array, signature: Uint8Array): CryptoVerification {
  return $cryptoVerify(<i32>changetype<usize>(keySet), keySet.length, i32(keyId !== null), <i32>changetype<usize>(keyId), keyId === null ? 0 : keyId.length, <i32>changetype<usize>(algorithm), algorithm.length, <i32>data.dataStart, data.length, <i32>signature.dataStart, signature.length);
}

// @ts-ignore: decorator
@external("heddle:policy/crypto@0.2.0", "random")
declare function $cryptoRandom(p0: i32, p1: i32): void;

/** At most 65,536 bytes; a larger request yields an empty list. */
export function cryptoRandom(length: u32): Uint8Array {
  $cryptoRandom(<i32>length, <i32>area);
  return liftBytes(load<usize>(area), load<i32>(area, 4));
}

// @ts-ignore: decorator
@external("heddle:policy/crypto@0.2.0", "equal")
declare function $cryptoEqual(p0: i32, p1: i32, p2: i32, p3: i32): i32;

/** Equality in time that depends on the lengths only. */
export function cryptoEqual(a: Uint8Array, b: Uint8Array): bool {
  return $cryptoEqual(<i32>a.dataStart, a.length, <i32>b.dataStart, b.length) != 0;
}

// quota

// @ts-ignore: decorator
@external("heddle:policy/quota@0.2.0", "take")
declare function $quotaTake(p0: i32, p1: i32, p2: i32, p3: i32, p4: i32, p5: i32, p6: i32): void;

/**
 * Takes `cost` tokens from a bucket that refills `limit` tokens every `period-ms` and holds at most `burst`.
 * A zero limit, period or burst allows nothing.
 */
export function quotaTake(bucket: string, limit: u32, periodMs: u32, burst: u32, cost: u32): QuotaDecision {
  $quotaTake(<i32>changetype<usize>(bucket), bucket.length, <i32>limit, <i32>periodMs, <i32>burst, <i32>cost, <i32>area);
  return new QuotaDecision(load<u8>(area) != 0, load<u32>(area, 4), load<u32>(area, 8), load<u32>(area, 12));
}

// store

// @ts-ignore: decorator
@external("heddle:policy/store@0.2.0", "get")
declare function $storeGet(p0: i32, p1: i32, p2: i32): void;

export function storeGet(key: string): StoreEntry | null {
  $storeGet(<i32>changetype<usize>(key), key.length, <i32>area);
  return load<u8>(area) == 0 ? null : new StoreEntry(liftBytes(load<usize>(area, 4), load<i32>(area, 8)), load<u32>(area, 12));
}

// @ts-ignore: decorator
@external("heddle:policy/store@0.2.0", "set")
declare function $storeSet(p0: i32, p1: i32, p2: i32, p3: i32, p4: i32): i32;

/** `ttl-ms` 0 keeps the entry until it is evicted or deleted. */
export function storeSet(key: string, value: Uint8Array, ttlMs: u32): StoreWritten {
  return $storeSet(<i32>changetype<usize>(key), key.length, <i32>value.dataStart, value.length, <i32>ttlMs);
}

// @ts-ignore: decorator
@external("heddle:policy/store@0.2.0", "compare-and-set")
declare function $storeCompareAndSet(p0: i32, p1: i32, p2: i32, p3: i32, p4: i32, p5: i32): i32;

/** Writes only if the stored version is `expected`; 0 expects no entry. */
export function storeCompareAndSet(key: string, expected: u32, value: Uint8Array, ttlMs: u32): StoreWritten {
  return $storeCompareAndSet(<i32>changetype<usize>(key), key.length, <i32>expected, <i32>value.dataStart, value.length, <i32>ttlMs);
}

// @ts-ignore: decorator
@external("heddle:policy/store@0.2.0", "delete")
declare function $storeDelete(p0: i32, p1: i32): i32;

export function storeDelete(key: string): bool {
  return $storeDelete(<i32>changetype<usize>(key), key.length) != 0;
}

// http-client

// @ts-ignore: decorator
@external("heddle:policy/http-client@0.2.0", "send")
declare function $httpClientSend(p0: i32, p1: i32, p2: i32, p3: i32, p4: i32, p5: i32, p6: i32, p7: i32, p8: i32, p9: i32, p10: i32, p11: i32): void;

/**
 * `backend` is `namespace/name:port`; `target` is a path with its query. The field `host` names the authority, which is the
 * backend's own otherwise. `timeout-ms` is for the whole call; 0, and what is longer than the plugin may wait, is that.
 */
export function httpClientSend(backend: string, method: string, target: string, headers: Header[], body: Uint8Array, timeoutMs: u32): Result<HttpClientResponse> {
  const flatHeaders = lowerHeaders(headers);
  $httpClientSend(<i32>changetype<usize>(backend), backend.length, <i32>changetype<usize>(method), method.length, <i32>changetype<usize>(target), target.length, <i32>changetype<usize>(flatHeaders), headers.length, <i32>body.dataStart, body.length, <i32>timeoutMs, <i32>area);
  return load<u8>(area) != 0 ? new Result<HttpClientResponse>(null, <i32>load<u8>(area, 4)) : new Result<HttpClientResponse>(new HttpClientResponse(load<u32>(area, 4), liftHeaders(load<usize>(area, 8), load<i32>(area, 12)), liftBytes(load<usize>(area, 16), load<i32>(area, 20))), 0);
}

// trace

// @ts-ignore: decorator
@external("heddle:policy/trace@0.2.0", "set-text")
declare function $traceSetText(p0: i32, p1: i32, p2: i32, p3: i32): i32;

export function traceSetText(name: string, value: string): TraceStored {
  return $traceSetText(<i32>changetype<usize>(name), name.length, <i32>changetype<usize>(value), value.length);
}

// @ts-ignore: decorator
@external("heddle:policy/trace@0.2.0", "set-number")
declare function $traceSetNumber(p0: i32, p1: i32, p2: f64): i32;

export function traceSetNumber(name: string, value: f64): TraceStored {
  return $traceSetNumber(<i32>changetype<usize>(name), name.length, value);
}

// @ts-ignore: decorator
@external("heddle:policy/trace@0.2.0", "set-flag")
declare function $traceSetFlag(p0: i32, p1: i32, p2: i32): i32;

export function traceSetFlag(name: string, value: bool): TraceStored {
  return $traceSetFlag(<i32>changetype<usize>(name), name.length, <i32>value);
}

// tick

// @ts-ignore: decorator
@external("heddle:policy/tick@0.2.0", "every")
declare function $tickEvery(p0: i32): void;

/** From now on every so many milliseconds, 100 at least; 0 never. Each thread of a proxy has its own. */
export function tickEvery(milliseconds: u32): void {
  $tickEvery(<i32>milliseconds);
}

// clock

// @ts-ignore: decorator
@external("heddle:policy/clock@0.2.0", "now")
declare function $clockNow(): f64;

/** Milliseconds since the Unix epoch. */
export function clockNow(): f64 {
  return $clockNow();
}

// @ts-ignore: decorator
@external("heddle:policy/clock@0.2.0", "monotonic")
declare function $clockMonotonic(): f64;

/** Milliseconds of a clock that never goes back. */
export function clockMonotonic(): f64 {
  return $clockMonotonic();
}

// log

// @ts-ignore: decorator
@external("heddle:policy/log@0.2.0", "write")
declare function $logWrite(p0: i32, p1: i32, p2: i32): void;

export function logWrite(level: LogLevel, message: string): void {
  $logWrite(<i32>level, <i32>changetype<usize>(message), message.length);
}

// @ts-ignore: decorator
@external("heddle:policy/log@0.2.0", "fault")
declare function $logFault(p0: i32, p1: i32, p2: i32, p3: i32, p4: i32, p5: i32): void;

/** Called by the SDK right before it traps, so that the trap has a message and a place. */
export function logFault(message: string, file: string, line: u32, column: u32): void {
  $logFault(<i32>changetype<usize>(message), message.length, <i32>changetype<usize>(file), file.length, <i32>line, <i32>column);
}

// metrics

// @ts-ignore: decorator
@external("heddle:policy/metrics@0.2.0", "count")
declare function $metricsCount(p0: i32, p1: i32, p2: f64): void;

export function metricsCount(name: string, by: f64): void {
  $metricsCount(<i32>changetype<usize>(name), name.length, by);
}

// @ts-ignore: decorator
@external("heddle:policy/metrics@0.2.0", "gauge")
declare function $metricsGauge(p0: i32, p1: i32, p2: f64): void;

export function metricsGauge(name: string, value: f64): void {
  $metricsGauge(<i32>changetype<usize>(name), name.length, value);
}

// @ts-ignore: decorator
@external("heddle:policy/metrics@0.2.0", "observe")
declare function $metricsObserve(p0: i32, p1: i32, p2: f64): void;

export function metricsObserve(name: string, value: f64): void {
  $metricsObserve(<i32>changetype<usize>(name), name.length, value);
}
