import { CHUNKED, chunked, post, wireTable } from "../wire-case.ts";

/** The chunked coding: sizes, extensions, line ends, trailers. */
const table = wireTable("K");
const { reject, accept } = table;

const sizes = (values: readonly string[]): string[] => values.map((size) => chunked(`${size}\r\nhello\r\n0\r\n\r\n`));

reject(
  "9112 7.1",
  sizes(["+5", "-5", "0x5", "0X5", "5h", "x", "", " 5", "5 ", "\t5", "5\t", "5,", "5.", "5_", "five", "'5'"]),
);
reject("9112 7.1", sizes(["5 ;a", "5\x0b", "5\x00", "\x005", "5\r", "\xd9\xa5", "5\x85", "5\xa0"]));
reject(
  "9112 7.1",
  sizes(["10000000000000005", "ffffffffffffffff", "fffffffffffffffb", "100000005000000000", "00000000000000000005"]),
);
reject("9112 7.1", sizes(["-1", "8000000000000005", "7fffffffffffffff", "ffffffffffffffffffffffffffffffff"]));
reject("9112 7.1", [
  chunked("5\nhello\r\n0\r\n\r\n"),
  chunked("5\r\nhello\n0\r\n\r\n"),
  chunked("5\r\nhello\r\n0\n\r\n"),
  chunked("5\r\nhello\r\n0\n\n"),
  chunked("5\r\nhello\r\n0\r\n\n"),
  chunked("5\rhello\r\n0\r\n\r\n"),
  chunked("5\r\rhello\r\n0\r\n\r\n"),
  chunked("5\r\nhello0\r\n\r\n"),
  chunked("5\r\nhello\r0\r\n\r\n"),
  chunked("5\r\nhelloXX0\r\n\r\n"),
  chunked("5\r\nhello!\r\n0\r\n\r\n"),
  chunked("4\r\nhello\r\n0\r\n\r\n"),
  chunked("5\r\nhell\r\n0\r\n\r\n"),
  chunked("5\r\n\r\nhello\r\n0\r\n\r\n"),
  chunked("\r\n5\r\nhello\r\n0\r\n\r\n"),
  chunked("5\r\nhello\r\n\r\n0\r\n\r\n"),
  chunked("5\r\nhello\r\n \r\n0\r\n\r\n"),
  chunked(";a=b\r\nhello\r\n0\r\n\r\n"),
  chunked("hello"),
]);
reject("9112 7.1.1", [
  chunked("5;a\nhello\r\n0\r\n\r\n"),
  chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"),
  chunked("5;a=\x00\r\nhello\r\n0\r\n\r\n"),
  chunked("5;\nGET /smuggled HTTP/1.1\r\nhello\r\n0\r\n\r\n"),
  chunked("0;\n\r\n\r\n"),
  chunked(`5;${"a".repeat(20_000)}\r\nhello\r\n0\r\n\r\n`),
  chunked(`${`1;${"a".repeat(200)}\r\nx\r\n`.repeat(200)}0\r\n\r\n`),
]);
reject("9112 7.1.2", [
  chunked("0\r\nX : 1\r\n\r\n"),
  chunked("0\r\nX\r\n\r\n"),
  chunked("0\r\n: 1\r\n\r\n"),
  chunked("0\r\n X: 1\r\n\r\n"),
  chunked("0\r\nX: 1\r\n 2\r\n\r\n"),
  chunked("0\r\nX: 1\n\r\n\r\n"),
  chunked("0\r\nX: 1\rY: 2\r\n\r\n"),
  chunked("0\r\nX: \x00\r\n\r\n"),
  chunked("0\r\nX: 1\r\n\nGET / HTTP/1.1\r\n\r\n"),
  chunked("0\r\nGET /smuggled HTTP/1.1\r\n\r\n"),
]);
reject("6585 5", [chunked(`0\r\n${"X: 1\r\n".repeat(5_000)}\r\n`), chunked(`0\r\nX: ${"a".repeat(70_000)}\r\n\r\n`)]);

accept("9112 7.1", [
  ...sizes(["05", "0000005"]),
  chunked("a\r\n0123456789\r\n0\r\n\r\n"),
  chunked("A\r\n0123456789\r\n0\r\n\r\n"),
  chunked("000\r\n\r\n"),
  chunked("1\r\n\r\r\n1\r\n\n\r\n0\r\n\r\n"),
  chunked("5\r\n0\r\n\r\n\r\n0\r\n\r\n"),
  chunked(`${"1\r\nx\r\n".repeat(500)}0\r\n\r\n`),
  chunked(`10000\r\n${"y".repeat(65_536)}\r\n0\r\n\r\n`),
]);
accept("9112 7.1.1", [
  chunked("5;a\r\nhello\r\n0\r\n\r\n"),
  chunked('5;a=b;c="d e"\r\nhello\r\n0;last=1\r\n\r\n'),
  chunked('5;a="\\""\r\nhello\r\n0\r\n\r\n'),
]);
// They may not be merged into the head, nor make the message another one.
accept("9110 6.5.1", [
  chunked("0\r\nContent-Length: 5\r\n\r\n"),
  chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n"),
  chunked("0\r\nHost: evil.test\r\n\r\n"),
  chunked("0\r\nAuthorization: Bearer x\r\nCookie: a=b\r\nContent-Type: text/html\r\nSet-Cookie: c=d\r\n\r\n"),
  chunked("0\r\nConnection: close\r\nUpgrade: websocket\r\nKeep-Alive: 1\r\n\r\n"),
  post(`${CHUNKED}X-Sum: head\r\n`, "0\r\nX-Sum: trailer\r\n\r\n"),
]);

export const CHUNKS = table.cases;
