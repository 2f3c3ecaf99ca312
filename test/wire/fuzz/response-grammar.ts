import { mutate } from "./mutation.ts";
import { oneOf, type Random } from "./numbers.ts";

const LINES = [
  "200 OK",
  "200 OK",
  "201 Created",
  "404 Not Found",
  "500 Oops",
  "204 No Content",
  "304 Not Modified",
  "200 ",
  "302 Found",
];
const FIELDS = [
  ...[
    "Date: Tue, 24 Nov 2026 00:00:00 GMT\r\n",
    "Server: x\r\n",
    "Set-Cookie: a=b\r\n",
    "Set-Cookie: c=d\r\n",
    "X-A: 1\r\n",
    "X-B:\r\n",
  ],
  ...[
    "Content-Type: text/plain\r\n",
    'ETag: "x"\r\n',
    "Connection: keep-alive\r\n",
    "Connection: x-a\r\n",
    "Connection: close\r\n",
  ],
  ...["Keep-Alive: timeout=5\r\n", "Location: /y\r\n", "Vary: accept\r\n", "Trailer: x-sum\r\n"],
];
const BODIES = [
  "",
  "x",
  "hello",
  "0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
  "\r\n",
  "\0\xff",
  "z".repeat(300),
];

/** Interim responses now and then, one final response, sometimes more bytes than asked for; mutated. */
export function responseStream(random: Random): string {
  const interim = random(8) === 0 ? "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(1 + random(2)) : "";
  const line = oneOf(random, LINES);
  const fields = Array.from({ length: random(5) }, () => oneOf(random, FIELDS));
  const body = /^(?:204|304)/.test(line) ? "" : oneOf(random, BODIES);
  const [framing, bytes] = bodyText(random, body, /^204/.test(line));
  fields.splice(random(fields.length + 1), 0, framing);
  const version = random(12) === 0 && !framing.startsWith("T") ? "HTTP/1.0" : "HTTP/1.1";
  const more = random(20) === 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil" : "";
  const whole = `${interim}${version} ${line}\r\n${fields.join("")}\r\n${bytes}${more}`;
  return random(16) === 0 ? whole : mutate(whole, random);
}

function bodyText(random: Random, body: string, none: boolean): [framing: string, body: string] {
  const kind = none ? 3 : random(4);
  if (kind === 3) return ["", body];
  if (kind < 2) return [`Content-Length: ${body.length}\r\n`, body];
  const cut = random(body.length + 1);
  const chunk = (data: string) =>
    data === "" ? "" : `${data.length.toString(16)}${oneOf(random, ["", "", ";a=b"])}\r\n${data}\r\n`;
  const trailers = oneOf(random, ["", "", "X-Sum: 1\r\n"]);
  return [
    "Transfer-Encoding: chunked\r\n",
    `${chunk(body.slice(0, cut))}${chunk(body.slice(cut))}0\r\n${trailers}\r\n`,
  ];
}
