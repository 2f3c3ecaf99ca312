import { mutate } from "./mutation.ts";
import { oneOf, type Random } from "./numbers.ts";

const METHODS = ["GET", "GET", "GET", "POST", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH"];
const TARGETS = [
  "/",
  "/x",
  "/orders/4711?expand=items",
  "/a/b/c",
  "/x?y=%20&z=[]",
  "/%41/.b",
  "http://a.test/x",
  "/a/./b/../c",
];
const FIELDS = [
  ...[
    "User-Agent: x (y; z)\r\n",
    "Accept: */*\r\n",
    "Cookie: a=b; c=d\r\n",
    "X-A: 1\r\n",
    "X-A: 2\r\n",
    "X-B:\r\n",
    "x_c: 1\r\n",
  ],
  ...[
    "Authorization: Bearer x\r\n",
    "X-Forwarded-For: 1.2.3.4\r\n",
    "Connection: keep-alive\r\n",
    "Connection: x-a\r\n",
    "TE: trailers\r\n",
  ],
  ...[
    "Content-Type: text/plain\r\n",
    "X-Request-ID: r-1\r\n",
    "Via: 1.0 y\r\n",
    "Range: bytes=0-\r\n",
    'If-None-Match: "x"\r\n',
  ],
];
const BODIES = [
  "",
  "x",
  "hello",
  "0\r\n\r\n",
  "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n",
  "\r\n",
  "\0\xff\n\r",
  "z".repeat(300),
];

function requestText(random: Random): string {
  const host = `Host: ${oneOf(random, ["a.test", "a.test:80", "A.test", "127.0.0.1"])}\r\n`;
  const fields = Array.from({ length: random(5) }, () => oneOf(random, FIELDS));
  const version = random(12) === 0 ? "HTTP/1.0" : "HTTP/1.1";
  const [framing, body] = bodyText(random, oneOf(random, BODIES), version === "HTTP/1.1");
  if (random(14) === 0) fields.push("Connection: close\r\n");
  if (random(20) === 0 && framing !== "") fields.push("Expect: 100-continue\r\n");
  fields.splice(random(fields.length + 1), 0, host);
  fields.splice(random(fields.length + 1), 0, framing);
  return `${oneOf(random, METHODS)} ${oneOf(random, TARGETS)} ${version}\r\n${fields.join("")}\r\n${body}`;
}

function bodyText(random: Random, body: string, mayChunk: boolean): [framing: string, body: string] {
  const kind = random(mayChunk ? 5 : 3);
  if (kind < 2) return ["", ""];
  if (kind === 2) return [`Content-Length: ${body.length}\r\n`, body];
  const cut = random(body.length + 1);
  const chunk = (data: string) =>
    data === "" ? "" : `${data.length.toString(16)}${oneOf(random, ["", "", ";a=b"])}\r\n${data}\r\n`;
  const trailers = oneOf(random, ["", "", "X-Sum: 1\r\n", "Content-Length: 3\r\n"]);
  return [
    "Transfer-Encoding: chunked\r\n",
    `${chunk(body.slice(0, cut))}${chunk(body.slice(cut))}0\r\n${trailers}\r\n`,
  ];
}

/** One to three requests on one connection, mutated once in a while not at all. */
export function requestStream(random: Random): string {
  const requests = Array.from({ length: 1 + random(random(3) + 1) }, () => requestText(random)).join("");
  return random(16) === 0 ? requests : mutate(requests, random);
}
