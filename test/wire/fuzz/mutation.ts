import { oneOf, type Random } from "./numbers.ts";

/** What parsers disagree about, wherever it lands. */
const FRAGMENTS = [
  ...[
    "\r\n",
    "\r",
    "\n",
    "\0",
    " ",
    "\t",
    ":",
    ",",
    ";",
    "\x0b",
    "\x0c",
    "\x7f",
    "\x80",
    "\xa0",
    "\xff",
    "\x1f",
    "\x85",
  ],
  ...[
    "\r\n ",
    "\r\n\t",
    "\r\n\r\n",
    "\n\n",
    "\r\r\n",
    "\n\r",
    "  ",
    "0x",
    "+",
    "-",
    "1",
    "0",
    "00",
    "_",
    '"',
    "\\",
    "#",
    "%",
  ],
  ...[
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "content-length:7\r\n",
    "Content-Length : 5\r\n",
    "Content-Length: 5, 5\r\n",
  ],
  ...[
    "Transfer-Encoding: chunked\r\n",
    "transfer-encoding: gzip\r\n",
    "Transfer-Encoding:\tchunked\r\n",
    "Transfer-Encoding: x\r\n",
  ],
  ...[
    "Host: b\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive, x-a\r\n",
    "Connection: content-length\r\n",
    "TE: trailers\r\n",
  ],
  ...[
    "Expect: 100-continue\r\n",
    "Expect: x\r\n",
    "Upgrade: h2c\r\nConnection: upgrade\r\n",
    "Trailer: x-sum\r\n",
    "Keep-Alive: 1\r\n",
  ],
  ...[
    "chunked",
    "identity",
    "HTTP/1.0",
    "HTTP/1.1",
    "HTTP/2.0",
    "*",
    "http://h:80/",
    "?",
    "@",
    "%00",
    "%2f",
    "%2e%2e",
    "/../",
    "//",
  ],
  ...[
    "GET",
    "POST",
    "HEAD",
    "OPTIONS",
    "CONNECT",
    "GET / HTTP/1.1\r\nHost: c\r\n\r\n",
    "5\r\nhello\r\n",
    "0\r\n\r\n",
    "0\r\nX-Sum: 1\r\n\r\n",
  ],
  ...[
    "ffffffff",
    "5;a=b\r\n",
    "ffffffffffffffff\r\n",
    "a\r\n",
    "X-A: 1\r\n",
    "x-a : 1\r\n",
    " x: 1\r\n",
    "X-A: 1\n",
    ": 1\r\n",
    "\r\n0\r\n\r\n",
  ],
];

/** One to four changes at random places. */
export function mutate(text: string, random: Random): string {
  let mutant = text;
  for (let changes = 1 + random(random(4) + 1); changes > 0; changes -= 1) mutant = change(mutant, random);
  return mutant;
}

function change(text: string, random: Random): string {
  const at = random(text.length + 1);
  const end = Math.min(text.length, at + random(12));
  switch (random(10)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1);
    case 1:
    case 2:
      return text.slice(0, at) + oneOf(random, FRAGMENTS) + text.slice(at);
    case 3:
      return text.slice(0, at) + text.slice(end);
    case 4:
      return text.slice(0, end) + text.slice(at);
    case 5:
      return text.slice(0, at) + oneOf(random, FRAGMENTS) + text.slice(end);
    case 6:
      return changeNumber(text, random);
    case 7:
      return atLineEnd(text, random);
    default:
      return changeLine(text, random);
  }
}

function changeLine(text: string, random: Random): string {
  const lines = text.split("\r\n");
  const line = random(3) === 0 ? oneOf(random, FRAGMENTS).replace(/\r\n$/, "") : oneOf(random, lines);
  lines.splice(random(lines.length), random(2), line);
  return lines.join("\r\n");
}

function changeNumber(text: string, random: Random): string {
  const numbers = [...text.matchAll(/[0-9a-f]+(?=\r\n|;)/g)];
  const hit = numbers[random(numbers.length || 1)];
  if (hit === undefined) return text;
  const value = Number.parseInt(hit[0], 16) + random(5) - 2;
  const put = oneOf(random, [
    String(value),
    value.toString(16),
    `0${value}`,
    ` ${value}`,
    `+${value}`,
    `${value} `,
    "",
  ]);
  return text.slice(0, hit.index) + put + text.slice(hit.index + hit[0].length);
}

function atLineEnd(text: string, random: Random): string {
  const ends = [...text.matchAll(/\r\n/g)];
  const hit = ends[random(ends.length || 1)];
  if (hit === undefined) return text;
  const put = oneOf(random, ["\n", "\r", "\r\r\n", "\r\n\n", " \r\n", "\t\r\n", "\0\r\n", "\r\n\r\n", ""]);
  return text.slice(0, hit.index) + put + text.slice(hit.index + 2);
}

/** In up to four pieces, as a network might deliver it. */
export function split(text: string, random: Random): string[] {
  if (text.length < 2 || random(4) > 0) return [text];
  const cuts = Array.from({ length: 1 + random(3) }, () => 1 + random(text.length - 1)).sort((a, b) => a - b);
  return [0, ...cuts].map((cut, index) => text.slice(cut, cuts[index])).filter((piece) => piece !== "");
}
