import { HOST, line, wireTable } from "../wire-case.ts";

/** Request lines: forms, versions, white space, bytes. */
const table = wireTable("R");
const { reject, accept, answer } = table;

reject("9112 3", [
  line("GET"),
  line("GET "),
  line("GET  /x HTTP/1.1"),
  line("GET /x  HTTP/1.1"),
  line("GET\t/x HTTP/1.1"),
  line("GET /x\tHTTP/1.1"),
  line("GET /x HTTP/1.1 "),
  line("GET /x HTTP/1.1\t"),
  line("GET /x HTTP/1.1 HTTP/1.1"),
  line("GET /x /y HTTP/1.1"),
  line("GET /x\x0bHTTP/1.1"),
  line("GET /x\xa0HTTP/1.1"),
  line(" GET /x HTTP/1.1"),
  line("\tGET /x HTTP/1.1"),
  line("GET HTTP/1.1"),
  line("/x HTTP/1.1"),
  line("HTTP/1.1 200 OK"),
]);
reject("9110 9.1", [
  line("G\x01T /x HTTP/1.1"),
  line("GET\x00 /x HTTP/1.1"),
  line("G:T /x HTTP/1.1"),
  line("G(T /x HTTP/1.1"),
  line('"GET" /x HTTP/1.1'),
  line("G\xc9T /x HTTP/1.1"),
  line("G\x80T /x HTTP/1.1"),
  line("G,T /x HTTP/1.1"),
  line("G/T /x HTTP/1.1"),
]);
reject("9110 15.6.2", [
  line("get /x HTTP/1.1"),
  line("Get /x HTTP/1.1"),
  line("GETT /x HTTP/1.1"),
  line(`${"A".repeat(300)} /x HTTP/1.1`),
  line("SMUGGLE /x HTTP/1.1"),
]);
reject("9110 9.3.8", line("TRACE /x HTTP/1.1"));
reject("9110 9.3.6", [
  "CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\n",
  "CONNECT a.test HTTP/1.1\r\nHost: a.test\r\n\r\n",
  "CONNECT /x HTTP/1.1\r\nHost: a.test\r\n\r\n",
  "CONNECT http://a.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n",
  "CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\nContent-Length: 5\r\n\r\nhello",
  "CONNECT a.test:80 HTTP/1.0\r\n\r\n",
]);
reject("9112 3.2", [
  line("GET x HTTP/1.1"),
  line("GET x/y HTTP/1.1"),
  line("GET ?x HTTP/1.1"),
  line("GET :80/x HTTP/1.1"),
  line("GET a.test:80 HTTP/1.1"),
  line("GET a.test/x HTTP/1.1"),
  line("GET \\x HTTP/1.1"),
  line("GET ./x HTTP/1.1"),
  line("GET * HTTP/1.1"),
  line("POST * HTTP/1.1"),
  line("GET *x HTTP/1.1"),
  line("OPTIONS *x HTTP/1.1"),
  line("GET /x# HTTP/1.1"),
  line("GET /x#y HTTP/1.1"),
]);
reject("9112 3.2.2", [
  line("GET http:// HTTP/1.1"),
  line("GET http:///x HTTP/1.1"),
  line("GET http:/x HTTP/1.1"),
  line("GET http:x HTTP/1.1"),
  line("GET http//a.test/x HTTP/1.1"),
  line("GET ftp://a.test/x HTTP/1.1"),
  line("GET ws://a.test/x HTTP/1.1"),
  line("GET file:///etc/passwd HTTP/1.1"),
  line("GET javascript:alert(1) HTTP/1.1"),
  line("GET http://u@a.test/x HTTP/1.1"),
  line("GET http://u:p@a.test/x HTTP/1.1"),
  line("GET http://a.test@evil.test/x HTTP/1.1"),
  line("GET http://a.test:/x HTTP/1.1"),
  line("GET http://a.test:99999/x HTTP/1.1"),
  line("GET http://a.test:+80/x HTTP/1.1"),
  line("GET http://a.test:80:80/x HTTP/1.1"),
  line("GET http://[::1/x HTTP/1.1"),
  line("GET http://[::1]x/x HTTP/1.1"),
  line("GET http://a.test\\x HTTP/1.1"),
  line("GET http://a%2etest/x HTTP/1.1"),
  line("GET http://a.test#x HTTP/1.1"),
  "GET http://a.test/x HTTP/1.1\r\n\r\n",
]);
reject("3986 2", [
  line("GET /x\x00 HTTP/1.1"),
  line("GET /x\x01y HTTP/1.1"),
  line("GET /x\x7fy HTTP/1.1"),
  line("GET /x\x80y HTTP/1.1"),
  line("GET /\xc3\xa9 HTTP/1.1"),
  line("GET /\xff HTTP/1.1"),
  line("GET /x\\y HTTP/1.1"),
  line("GET /<x> HTTP/1.1"),
  line('GET /"x" HTTP/1.1'),
  line("GET /x^y HTTP/1.1"),
  line("GET /x`y HTTP/1.1"),
  line("GET /x{y} HTTP/1.1"),
  line("GET /x|y HTTP/1.1"),
  line("GET /x?\x01 HTTP/1.1"),
  line("GET /x?\xe9 HTTP/1.1"),
  line("GET /x?a b HTTP/1.1"),
]);
reject("9112 2.3", [
  line("GET /x HTTP/1."),
  line("GET /x HTTP/.1"),
  line("GET /x HTTP/1"),
  line("GET /x HTTP/11"),
  line("GET /x HTTP/1.10"),
  line("GET /x HTTP/01.1"),
  line("GET /x HTTP/1,1"),
  line("GET /x HTTP 1.1"),
  line("GET /x http/1.1"),
  line("GET /x Http/1.1"),
  line("GET /x HTTPS/1.1"),
  line("GET /x ICY/1.1"),
  line("GET /x HTTP/-1.1"),
  line("GET /x HTTP/1.+1"),
  line("GET /x HTTP/a.b"),
  line("GET /x HTTP/1.1\x00"),
  line("GET /x HTTP/١.1".replace("١", "\xd9\xa1")),
]);
reject("9110 15.6.6", [
  line("GET /x HTTP/0.9"),
  line("GET /x HTTP/1.2"),
  line("GET /x HTTP/1.9"),
  line("GET /x HTTP/2.0"),
  line("GET /x HTTP/3.0"),
  line("GET /x HTTP/9.9"),
  line("POST /x HTTP/2.0"),
  line("PRI * HTTP/1.1"),
]);
reject("1945 3.1", ["GET /x\r\n\r\n", "GET /x\r\n", "GET /x \r\n\r\n", line("GET /x")]);
reject("9112 2.2", [
  `GET /x HTTP/1.1\n${HOST}\r\n`,
  `GET /x HTTP/1.1\r${HOST}\r\n`,
  `GET /x HTTP/1.1\r\r\n${HOST}\r\n`,
  `GET /x HTTP/1.1\n\r${HOST}\r\n`,
  `GET /x\r HTTP/1.1\r\n${HOST}\r\n`,
  `GET /x\n HTTP/1.1\r\n${HOST}\r\n`,
  `GET /x HTTP/1.1\nHost: a.test\n\n`,
  `\rGET /x HTTP/1.1\r\n${HOST}\r\n`,
  `\nGET /x HTTP/1.1\r\n${HOST}\r\n`,
  `\x00GET /x HTTP/1.1\r\n${HOST}\r\n`,
  `\xef\xbb\xbfGET /x HTTP/1.1\r\n${HOST}\r\n`,
  ` \r\nGET /x HTTP/1.1\r\n${HOST}\r\n`,
  `${"\r\n".repeat(5_000)}GET /x HTTP/1.1\r\n${HOST}\r\n`,
]);
reject("9110 4.2", [
  "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
  "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
  "\r\n\r\n\x00\r\n\r\n",
]);
reject("9110 15.5.15", line(`GET /${"a".repeat(8_192)} HTTP/1.1`), { status: 414 });
reject("9110 15.5.15", line(`GET /x?${"a".repeat(70_000)} HTTP/1.1`));

accept("9112 3.2.1", [
  line("GET /x HTTP/1.1"),
  line("GET / HTTP/1.1"),
  line("GET /x? HTTP/1.1"),
  line("GET /x?a=b&c=%20&d[]=/?:@ HTTP/1.1"),
  line("GET /a:b@c;d,e/!$&'()*+= HTTP/1.1"),
  line("GET /~a/_b/-c/.d HTTP/1.1"),
  line("GET /%20 HTTP/1.1"),
  line("GET /x?http://evil.test/ HTTP/1.1"),
  line("PUT /x HTTP/1.1"),
  line("DELETE /x HTTP/1.1"),
  line("PATCH /x HTTP/1.1"),
  line("OPTIONS /x HTTP/1.1"),
  line("HEAD /x HTTP/1.1"),
  line(`GET /${"a".repeat(7_000)} HTTP/1.1`),
]);
accept("9112 2.2", `\r\nGET /x HTTP/1.1\r\n${HOST}\r\n`);
accept("9112 3.2.2", [line("GET http://a.test/x HTTP/1.1"), line("GET HTTP://A.TEST/x HTTP/1.1")], {
  targets: ["/x"],
});
accept("9112 3.2.2", line("GET http://a.test HTTP/1.1"), { targets: ["/"] });
accept("9112 3.2.2", line("GET http://a.test?q HTTP/1.1"), { targets: ["/?q"] });
accept("9112 3.2.2", line("GET http://a.test:8080/x HTTP/1.1"), { targets: ["/x"], host: "a.test:8080" });
accept("9112 3.2.2", "GET http://a.test/x HTTP/1.1\r\nHost: evil.test\r\n\r\n", { targets: ["/x"] });
accept("1945 5.1", `GET /x HTTP/1.0\r\n${HOST}\r\n`, { closes: true });
accept("9112 9.3", `GET /x HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`);
accept("9112 2.3", `POST /x HTTP/1.0\r\n${HOST}Content-Length: 5\r\n\r\nhello`, { closes: true });
answer("9110 9.3.7", line("OPTIONS * HTTP/1.1"));

export const REQUEST_LINES = table.cases;
