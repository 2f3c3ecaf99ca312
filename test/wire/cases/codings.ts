import { CHUNKED, get, HOST, post, wireTable } from "../wire-case.ts";

/** Transfer-Encoding in every spelling, position and combination. */
const table = wireTable("T");
const { reject, accept } = table;

const BODY = "5\r\nhello\r\n0\r\n\r\n";
const codings = (values: readonly string[]): string[] =>
  values.map((value) => post(`Transfer-Encoding: ${value}\r\n`, BODY));

reject(
  "9112 6.1",
  codings(["gzip, chunked", "chunked, gzip", "chunked, chunked", "chunked,", ",chunked", "chunked, identity"]),
);
reject("9112 6.1", codings(["identity", "identity, chunked", "gzip", "deflate", "compress", "br", "trailers", "cow"]));
reject(
  "9112 6.1",
  codings(["xchunked", "chunkedx", "chunke", "chunk", "chunked-", "x-chunked", "chun ked", "chunked chunked"]),
);
reject(
  "9112 6.1",
  codings(['"chunked"', "'chunked'", "chunked;q=1", "chunked;", "chunked ;a=b", "(chunked)", "chunked/1"]),
);
reject(
  "9112 6.1",
  codings(["", " ", ",", "chunked\xa0", "\xa0chunked", "chunked\x85", "\xef\xbd\x83hunked", "chun\xadked"]),
);
reject(
  "9112 5.5",
  codings(["\x0bchunked", "chunked\x0b", "chunked\x0c", "chunked\x00", "chun\x01ked", "\rchunked", "chunked\r"]),
);
reject("9112 6.1", [
  post(`${CHUNKED}${CHUNKED}`, BODY),
  post(`${CHUNKED}Transfer-Encoding: identity\r\n`, BODY),
  post(`Transfer-Encoding: identity\r\n${CHUNKED}`, BODY),
  post(`Transfer-Encoding: gzip\r\n${CHUNKED}`, BODY),
  post(`Transfer-Encoding: \r\n${CHUNKED}`, BODY),
  post(`${CHUNKED}X: 1\r\ntransfer-encoding: CHUNKED\r\n`, BODY),
]);
reject("9112 6.3", [
  post(`Content-Length: 5\r\n${CHUNKED}`, BODY),
  post(`${CHUNKED}Content-Length: 5\r\n`, BODY),
  post(`${CHUNKED}Content-Length: 0\r\n`, BODY),
  post(`${CHUNKED}Content-Length: 15\r\n`, BODY),
  post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello"),
  post("Transfer-Encoding: \r\nContent-Length: 5\r\n", "hello"),
  post("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", "hello"),
  post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n5c\r\nGPOST / HTTP/1.1\r\n"),
  get(`Content-Length: 5\r\n${CHUNKED}`).concat(BODY),
]);
reject("9112 6.1", [
  `POST /x HTTP/1.0\r\n${HOST}${CHUNKED}\r\n${BODY}`,
  `POST /x HTTP/1.0\r\n${HOST}${CHUNKED}Connection: keep-alive\r\n\r\n${BODY}`,
  `POST /x HTTP/1.0\r\n${HOST}${CHUNKED}Content-Length: 5\r\n\r\n${BODY}`,
  `GET /x HTTP/1.0\r\n${CHUNKED}\r\n${BODY}`,
]);
reject("9112 5.1", [
  post("Transfer-Encoding : chunked\r\n", BODY),
  post("Transfer-Encoding\t: chunked\r\n", BODY),
  post("Transfer-Encoding : chunked\r\nContent-Length: 5\r\n", BODY),
  post("Transfer-Encoding\x00: chunked\r\n", BODY),
  post("Transfer\x0bEncoding: chunked\r\n", BODY),
  post("Transfer-\r\nEncoding: chunked\r\n", BODY),
  post("\x00Transfer-Encoding: chunked\r\n", BODY),
  post('"Transfer-Encoding": chunked\r\n', BODY),
  post("Transfer-Encoding chunked\r\n", BODY),
]);
reject("9112 5.2", [
  post("Transfer-Encoding:\r\n chunked\r\n", BODY),
  post("Transfer-Encoding:\r\n\tchunked\r\n", BODY),
  post("Transfer-Encoding: chunked\r\n , identity\r\n", BODY),
  post("X: 1\r\n Transfer-Encoding: chunked\r\n", BODY),
  post(" Transfer-Encoding: chunked\r\n", BODY),
]);
reject("9112 2.2", [
  post("Transfer-Encoding: chunked\nX: 1\r\n", BODY),
  post("X: 1\nTransfer-Encoding: chunked\r\n", BODY),
  post("X: 1\rTransfer-Encoding: chunked\r\n", BODY),
  post("X: 1\n\rTransfer-Encoding: chunked\r\n", BODY),
  post("Transfer-Encoding:\nchunked\r\n", BODY),
  post("Content-Length: 5\r\nX: 1\nTransfer-Encoding: chunked\r\n", "hello"),
]);

accept("9112 7.1", [
  ...codings(["chunked", "Chunked", "CHUNKED", "cHuNkEd"]),
  post("Transfer-Encoding:chunked\r\n", BODY),
  post("Transfer-Encoding:  chunked \r\n", BODY),
  post("Transfer-Encoding:\tchunked\t\r\n", BODY),
  post("transfer-encoding: chunked\r\n", BODY),
  post(CHUNKED, "0\r\n\r\n"),
  `PUT /x HTTP/1.1\r\n${CHUNKED}${HOST}\r\n${BODY}`,
  `OPTIONS /x HTTP/1.1\r\n${HOST}${CHUNKED}\r\n${BODY}`,
]);
accept("9110 9.3.1", get(CHUNKED).concat(BODY));
accept("9112 7.1.2", [
  post(CHUNKED, "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"),
  post(`${CHUNKED}Trailer: X-Sum\r\n`, "5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n"),
]);
accept("9110 5.1", [post("Transfer_Encoding: chunked\r\n"), post("X-Transfer-Encoding: chunked\r\n")]);

export const CODINGS = table.cases;
