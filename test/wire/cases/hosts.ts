import { wireTable } from "../wire-case.ts";

/** Host: missing, repeated, empty, with userinfo, in bad syntax, differing from the target. */
const table = wireTable("H");
const { reject, accept } = table;

const hosts = (values: readonly string[]): string[] =>
  values.map((value) => `GET /x HTTP/1.1\r\nHost: ${value}\r\n\r\n`);

reject("9112 3.2", [
  "GET /x HTTP/1.1\r\n\r\n",
  "GET /x HTTP/1.1\r\nX-Host: a.test\r\n\r\n",
  "GET /x HTTP/1.1\r\nForwarded: host=a.test\r\n\r\n",
  "POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
  "GET /x HTTP/1.1\r\nHost: a.test\r\nHost: a.test\r\n\r\n",
  "GET /x HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n",
  "GET /x HTTP/1.1\r\nHost: a.test\r\nX: 1\r\nhOsT: b.test\r\n\r\n",
  "GET /x HTTP/1.1\r\nHost:\r\nHost: a.test\r\n\r\n",
  "GET http://a.test/x HTTP/1.1\r\nHost: a.test\r\nHost: a.test\r\n\r\n",
  "GET /x HTTP/1.0\r\nHost: a.test\r\nHost: b.test\r\n\r\n",
]);
reject(
  "9112 3.2",
  hosts(["", " ", "\t", ":", ":80", "a b", "a.test b.test", "a.test,b.test", "a.test, b.test", "a.test;b"]),
);
reject(
  "9110 7.2",
  hosts(["u@a.test", "u:p@a.test", "a.test@evil.test", "@a.test", "http://a.test", "//a.test", "a.test/", "a.test/x"]),
);
reject(
  "9110 7.2",
  hosts([
    "a.test?x",
    "a.test#x",
    "a.test\\x",
    "a.test%00",
    "a%2etest",
    "<a.test>",
    '"a.test"',
    "{a}",
    "a|b",
    "a^b",
    "a`b",
  ]),
);
reject(
  "3986 3.2.3",
  hosts(["a.test:", "a.test:x", "a.test:8x", "a.test:+80", "a.test:-1", "a.test:80:80", "a.test:65536", "a.test: 80"]),
);
reject(
  "3986 3.2.2",
  hosts([
    "[::1",
    "::1",
    "::1]",
    "[]",
    "[g::1]",
    "[::1]x",
    "[::1]80",
    "[::1%25eth0]",
    "[::1%eth0]",
    "[v1.a]",
    "[:::1]",
    "[1.2.3.4]",
  ]),
);
reject("9110 5.5", hosts(["a.test\x00", "\x00", "a.te\x01st", "a.test\x0b", "a.test\x7f", "a.t\x00est"]));
reject(
  "9110 7.2",
  hosts(["\xe9.test", "a\x80.test", "a\tb", "*", "*.test", "a..test", ".a.test", "'a.test'", "$(a)", "a.test:0"]),
);
reject("9110 7.2", hosts([`${"a".repeat(300)}.test`, "a,b@c", "a.test&x=y", "(a.test)", "a=b"]));
reject("9112 5.1", [
  "GET /x HTTP/1.1\r\nHost : a.test\r\n\r\n",
  "GET /x HTTP/1.1\r\nHost\t: a.test\r\n\r\n",
  "GET /x HTTP/1.1\r\n Host: a.test\r\n\r\n",
  "GET /x HTTP/1.1\r\nHost:\r\n a.test\r\n\r\n",
  "GET /x HTTP/1.1\r\nHost: a.test\r\n b.test\r\n\r\n",
  "GET /x HTTP/1.1\r\nX: 1\r\n Host: b.test\r\nHost: a.test\r\n\r\n",
  "GET /x HTTP/1.1\r\nHost\x00: a.test\r\n\r\n",
  "GET /x HTTP/1.1\r\nHost; a.test\r\n\r\n",
  "GET /x HTTP/1.1\r\nHost: a.test\rHost: b.test\r\n\r\n",
  "GET /x HTTP/1.1\r\nHost: a.test\nHost: b.test\r\n\r\n",
]);

accept(
  "9110 7.2",
  hosts(["127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:80", "[::ffff:1.2.3.4]", "a_b.test", "xn--a-ecp.test"]),
);
accept("9112 3.2", hosts([" a.test ", "\ta.test\t"]), { host: "a.test" });
accept("3986 6.2.2", hosts(["A.TEST", "a.TEST."]), { host: "a.test" });
accept("3986 6.2.3", hosts(["a.test:0080"]), { host: "a.test:80" });
accept("9112 3.2", "GET /x HTTP/1.0\r\n\r\n", { closes: true });
accept("9112 3.2", "GET /x HTTP/1.1\r\nX-Forwarded-Host: evil.test\r\nHost: a.test\r\nX-Host: evil.test\r\n\r\n");

export const HOSTS = table.cases;
