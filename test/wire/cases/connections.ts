import { CHUNKED, get, HOST, post, wireTable } from "../wire-case.ts";

/** Connection and what it names, Upgrade, Expect, Range, Max-Forwards, TE, forwarded identities. */
const table = wireTable("C");
const { reject, accept, answer } = table;

const connection = (values: readonly string[], more = ""): string[] =>
  values.map((value) => get(`Connection: ${value}\r\n${more}`));

reject("9110 7.6.1", connection(["a b", "a;b", '"close"', "close close", "(close)", "a=b", "\x80", "close;", "a/b"]));
reject("9110 5.5", connection(["close\x00", "\x0bclose", "clo\x01se"]));
reject("9110 5.6.1", connection([Array.from({ length: 200 }, (_, i) => `x${i}`).join(",")]));
reject("9110 10.1.1", [
  ...[
    "100",
    "200-ok",
    "100-continue, x",
    "100-continue, 100-continue",
    "100-continue;q=1",
    "x100-continue",
    "",
    "y 100-continue",
    "100-continue\tx",
  ].map((value) => post(`Expect: ${value}\r\nContent-Length: 5\r\n`, "hello")),
  post("Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 5\r\n", "hello"),
  post("Expect: 100-continue\r\nExpect: x\r\nContent-Length: 5\r\n", "hello"),
  get("Expect: x\r\n"),
  post("Expect:\r\n 100-continue\r\nContent-Length: 0\r\n"),
  post("Expect : 100-continue\r\nContent-Length: 0\r\n"),
]);

accept(
  "9112 9.6",
  connection(["close", "Close", "CLOSE", "close, x", ", ,close,", "keep-alive, close", "close, keep-alive"]),
  {
    closes: true,
  },
);
accept("9112 9.6", get("Connection: keep-alive\r\nConnection: close\r\n"), { closes: true });
accept("9112 9.3", connection(["keep-alive", "Keep-Alive", "", ",", "x", "xclose", "close-x", "not-close"]));
accept("9112 9.3", `GET /x HTTP/1.0\r\n${HOST}Connection: close\r\n\r\n`, { closes: true });
accept("9112 9.3", `GET /x HTTP/1.0\r\n${HOST}Connection: keep-alive, close\r\n\r\n`, { closes: true });
accept("9110 7.6.1", [
  get("Connection: x-hop\r\nX-Hop: 1\r\nX-End: 2\r\n"),
  get("Connection: X-HOP , y-hop\r\nx-hop: 1\r\nY-Hop: 2\r\nX-End: 3\r\nx-Hop: 4\r\n"),
  get("X-Hop: 1\r\nConnection: keep-alive\r\nConnection: x-hop\r\n"),
  get(
    "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic x\r\nProxy-Authenticate: y\r\n",
  ),
  get("Connection: cookie2, user-agent\r\nUser-Agent: x\r\nCookie2: y\r\n"),
]);
// What later hops rely on may not be taken away.
accept("9110 7.6.1", [
  get("Connection: host, x-forwarded-for, x-forwarded-proto, x-request-id\r\nAuthorization: z\r\n"),
  get("Connection: authorization, cookie\r\nAuthorization: z\r\nCookie: a=b\r\n"),
  post("Connection: content-length\r\nContent-Length: 5\r\n", "hello"),
  post(`Connection: transfer-encoding\r\n${CHUNKED}`, "5\r\nhello\r\n0\r\n\r\n"),
  get("Connection: connection, te, trailer, upgrade\r\n"),
  post("Connection: content-type\r\nContent-Type: text/html\r\nContent-Length: 5\r\n", "hello"),
]);
accept("9110 7.8", [
  get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"),
  get("Upgrade: h2c\r\n"),
  get("Upgrade: h2c\r\nConnection: upgrade\r\n"),
  get("Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n"),
  get("Connection: Upgrade\r\n"),
  get("HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"),
  get("Upgrade: websocket\r\n"),
]);
accept(
  "9110 7.8",
  post("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nContent-Length: 5\r\n", "hello"),
);
accept("9110 10.1.4", [
  get("TE: trailers\r\nConnection: TE\r\n"),
  get("TE: trailers\r\n"),
  get("TE: gzip;q=0.5, trailers\r\nConnection: te\r\n"),
  get("TE: chunked\r\n"),
  get("TE: \r\nConnection: TE\r\n"),
]);
accept("9110 14.2", [
  get("Range: bytes=0-1\r\n"),
  get(`Range: bytes=${"0-1,".repeat(100)}5-6\r\n`),
  get("Range: lines=a-b\r\nIf-Range: x\r\n"),
]);
accept("9110 10.1.1", get("Expect: 100-continue\r\n"));
accept("9110 10.1.1", post("Expect: 100-continue\r\nContent-Length: 0\r\n"));
accept("9110 10.1.1", post("Expect: 100-Continue\r\nContent-Length: 5\r\n", "hello"), { interim: [100] });
accept("9110 10.1.1", post(`Expect: 100-continue\r\n${CHUNKED}`, "5\r\nhello\r\n0\r\n\r\n"), { interim: [100] });
accept("9110 10.1.1", `POST /x HTTP/1.0\r\n${HOST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello`, {
  closes: true,
});
accept("9110 7.6.2", [get("Max-Forwards: 0\r\n"), get("Max-Forwards: 10\r\n"), get("Max-Forwards: x\r\n")]);
answer("9110 7.6.2", `OPTIONS /x HTTP/1.1\r\n${HOST}Max-Forwards: 0\r\n\r\n`);
reject("9110 9.3.8", `TRACE /x HTTP/1.1\r\n${HOST}Max-Forwards: 0\r\n\r\n`);
accept("9110 7.6.3", [get("Via: 1.1 x\r\n"), get("X-Forwarded-For: 1.2.3.4\r\n"), get("Forwarded: for=1.2.3.4\r\n")]);
accept("9110 7.6", [
  get("X-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\nX-HTTP-Method-Override: DELETE\r\n"),
  get("X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Client-Cert: URI=spiffe://mesh\r\n"),
]);

export const CONNECTIONS = table.cases;
