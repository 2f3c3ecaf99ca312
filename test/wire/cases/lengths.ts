import { get, HOST, lengths, post, wireTable } from "../wire-case.ts";

/** Content-Length: conflicting, repeated, listed, signed, in other bases, spaced, empty, too long. */
const table = wireTable("L");
const { reject, accept } = table;

reject("9112 6.3", lengths(["+5", "-5", "-0", "0x5", "5h", "5e0", "5.0", "5_0", "\xd9\xa5", "\xb2"]));
reject(
  "9112 6.3",
  lengths(["5, 5", "5,5", "5,6", "5,", ",5", "5 5", "5 6", "5\t5", "'5'", '"5"', "5;a=b", "5 ;", "(5)"]),
);
reject("9112 6.3", lengths(["", " ", "\t", "five", "NaN", "Infinity", "null", "chunked", "*"]));
reject("9112 6.3", lengths(["5\t", "5 \t "]));
reject("9112 5.5", lengths(["5\x0b", "\x0c5", "5\x00", "\x005", "5\r", "\r5", "5\x01"]));
reject(
  "9110 8.6",
  lengths(["9223372036854775808", "18446744073709551621", "18446744073709551616", "4294967301000000000000"]),
);
reject("9110 8.6", lengths([`1${"0".repeat(400)}`, `${"0".repeat(40)}5`, "99999999999999999999"]));
reject("9112 6.3", [
  post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
  post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"),
  post("Content-Length: 6\r\nContent-Length: 5\r\n", "hello!"),
  post("Content-Length: 0\r\nContent-Length: 5\r\n", "hello"),
  post("Content-Length: 5\r\nX: 1\r\ncontent-length: 5\r\n", "hello"),
  post("CONTENT-LENGTH: 5\r\nContent-length: 0\r\n", "hello"),
  get("Content-Length: 5\r\nContent-Length: 0\r\n"),
  `POST /x HTTP/1.0\r\n${HOST}Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello`,
]);
reject("9112 5.1", [
  post("Content-Length : 5\r\n", "hello"),
  post("Content-Length\t: 5\r\n", "hello"),
  post("Content-Length \t : 0\r\n"),
  post("Content-Length\x00: 5\r\n", "hello"),
  post("Content-\r\nLength: 5\r\n", "hello"),
  post("Content Length: 5\r\n", "hello"),
]);
reject("9112 5.2", [
  post("Content-Length:\r\n 5\r\n", "hello"),
  post("Content-Length: 5\r\n 5\r\n", "hello"),
  post(" Content-Length: 5\r\n", "hello"),
  post("X: 1\r\n\tContent-Length: 5\r\n", "hello"),
]);
reject("9112 2.2", [
  post("Content-Length: 5\nX: 1\r\n", "hello"),
  post("X: 1\nContent-Length: 5\r\n", "hello"),
  post("X: 1\rContent-Length: 5\r\n", "hello"),
]);

accept("9112 6.2", [
  ...lengths(["5", "05", "000005"]),
  post("Content-Length:5\r\n", "hello"),
  post("Content-Length:   5  \r\n", "hello"),
  post("Content-Length: \t5\r\n", "hello"),
  post("cOnTeNt-LeNgTh: 5\r\n", "hello"),
  post("Content-Length: 0\r\n"),
  post("Content-Length: 00\r\n"),
  post(""),
  post("Content-Length: 5\r\n", "\r\n\r\n\0"),
  post("Content-Length: 40\r\n", "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"),
  get("Content-Length: 0\r\n"),
]);
accept("9110 9.3.1", get("Content-Length: 5\r\n").concat("hello"));
accept("9110 9.3.5", `DELETE /x HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`);
accept("9110 9.3.7", `OPTIONS /x HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`);
// An ordinary field to us, and to an origin that speaks HTTP.
accept("9110 5.1", [post("Content_Length: 5\r\n"), post("X-Content-Length: 5\r\n"), post("Content-Lengthx: 5\r\n")]);

export const LENGTHS = table.cases;
