import { Action } from "heddle/sdk";
import * as host from "heddle/sdk/host";

/** Every type of the contract crosses the boundary both ways; a test records what the host is handed. */
export function onRequest(): Action {
  relayRequest();
  relayAttributes();
  relayCrypto();
  relayStore();
  relayMetrics();
  relayTrace();
  return Action.Next;
}

export function onResponse(): Action {
  host.responseSetStatus(host.responseStatus());
  const headers = host.responseHeaders();
  for (let i = 0; i < headers.length; i++) host.responseAddHeader(headers[i].name, headers[i].value);
  const values = host.responseHeaderValues("values");
  for (let i = 0; i < values.length; i++) host.responseSetHeader(values[i], i.toString());
  const first = host.responseHeader("first");
  host.responseRemoveHeader(first === null ? "none" : first);
  const outcome = host.localResponseSend(host.responseStatus(), headers, host.cryptoRandom(4), host.requestPath());
  host.logWrite(host.LogLevel.Warn, outcome.toString());
  return outcome === host.LocalResponseOutcome.Done ? Action.Respond : Action.Next;
}

export function onRequestBody(): Action {
  const size = host.bodySize();
  const bytes = host.bodyRead(size, host.bodyEnd() ? 1 : 0);
  return host.bodyReplace(bytes) === host.BodyEdit.Done && host.requestHasBody() ? Action.Next : Action.NeedMore;
}

export function onResponseBody(): Action {
  const edit = host.bodyAppend(host.bodyRead(host.responseHasBody() ? 7 : 8, host.bodySize()));
  return edit === host.BodyEdit.Done ? Action.Next : Action.NeedMore;
}

export function onLog(): void {
  host.logFault(
    host.connectionClientAddress(),
    host.connectionServerAddress(),
    host.connectionClientPort(),
    host.connectionServerPort(),
  );
  host.logWrite(host.LogLevel.Error, host.connectionProtocol());
}

function relayRequest(): void {
  host.requestHeaderEquals(host.requestMethod(), host.requestScheme());
  host.requestAddHeader(host.requestAuthority(), host.requestPath());
  const query = host.requestQuery();
  const header = host.requestHeader(query === null ? "no query" : query);
  const edit = host.requestSetHeader("edit", header === null ? "no header" : header);
  host.requestRemoveHeader(edit.toString());
  const values = host.requestHeaderValues("values");
  for (let i = 0; i < values.length; i++) host.logWrite(i % 5, values[i]);
  const headers = host.requestHeaders();
  for (let i = 0; i < headers.length; i++) host.requestSetHeader(headers[i].name, headers[i].value);
  const backends = host.routingBackends();
  for (let i = 0; i < backends.length; i++) if (host.routingChooseBackend(backends[i])) break;
  host.routingSetHashKey(host.routingRoute());
}

function relayTrace(): void {
  const stored = host.traceSetText(host.requestMethod(), host.requestPath());
  host.traceSetNumber(stored.toString(), host.clockNow());
  host.traceSetFlag(host.requestScheme(), host.requestHasBody());
  host.tickEvery(host.responseStatus());
}

export function onTick(): void {
  host.tickEvery(host.connectionClientPort());
}

function relayAttributes(): void {
  const text = host.attributesText("text");
  if (text !== null) host.attributesRemove(text);
  const stored = host.attributesSetText("copy", text === null ? "" : text);
  host.attributesSetNumber(stored.toString(), host.attributesNumber("number"));
  const flag = host.attributesFlag("flag");
  if (flag >= 0) host.attributesSetFlag("flag", flag === 1);
}

function relayCrypto(): void {
  const random = host.cryptoRandom(0xffffffff);
  const digest = host.cryptoDigest(host.CryptoHash.Sha384, random);
  const mac = host.cryptoHmac(host.CryptoHash.Sha512, host.requestPath(), host.requestQuery(), digest);
  const signature = mac === null ? random : mac;
  const verification = host.cryptoVerify(host.requestPath(), host.requestQuery(), "ES256", digest, signature);
  host.logWrite(host.LogLevel.Trace, `${verification.toString()} ${host.cryptoEqual(digest, signature).toString()}`);
}

function relayStore(): void {
  const entry = host.storeGet(host.requestPath());
  if (entry !== null) {
    const written = host.storeCompareAndSet("entry", entry.version, entry.value, 0x80000000);
    host.storeSet(written.toString(), entry.value, entry.version);
  }
  host.logWrite(host.LogLevel.Debug, host.storeDelete("gone").toString());
  const decision = host.quotaTake(host.requestPath(), 1, 2, 3, 0xffffffff);
  host.quotaTake(decision.allowed ? "yes" : "no", decision.remaining, decision.retryAfterMs, decision.resetAfterMs, 0);
}

function relayMetrics(): void {
  host.metricsCount(host.requestMethod(), host.clockNow());
  host.metricsGauge(host.requestScheme(), host.clockMonotonic());
  host.metricsObserve("", -0.0);
}
