/** A generator of 32-bit numbers that a seed determines (mulberry32). */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

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
    "\x0b",
    "\x7f",
    "\x80",
    "\r\n ",
    "\r\n\r\n",
    "  ",
    "0x",
    "+",
    "-",
    "1",
  ],
  ...[
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Transfer-Encoding: chunked\r\n",
    "transfer-encoding: gzip\r\n",
  ],
  ...[
    "Host: b\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive, x\r\n",
    "Expect: 100-continue\r\n",
    "chunked",
    "HTTP/1.0",
  ],
  ...[
    "Upgrade: websocket\r\nConnection: upgrade\r\n",
    "*",
    "http://h:80/",
    "?",
    "#",
    "%00",
    "@",
    "GET",
    "POST",
    "OPTIONS",
  ],
];

/** One to four changes at random places: a byte, a fragment, a gap, a repetition, an exchange. */
export function mutate(head: Buffer, random: (below: number) => number): Buffer {
  let text = head.toString("latin1");
  for (let n = random(4) + 1; n > 0; n--) text = change(text, random);
  return Buffer.from(text, "latin1");
}

function change(text: string, random: (below: number) => number): string {
  const at = random(text.length + 1);
  const end = Math.min(text.length, at + random(12));
  const kind = random(6);
  if (kind === 0) return text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1);
  if (kind === 1) return text.slice(0, at) + FRAGMENTS[random(FRAGMENTS.length)] + text.slice(at);
  if (kind === 2) return text.slice(0, at) + text.slice(end);
  if (kind === 3) return text.slice(0, end) + text.slice(at);
  if (kind === 4) return text.slice(0, at) + FRAGMENTS[random(FRAGMENTS.length)] + text.slice(end);
  return changeLine(text, random);
}

function changeLine(text: string, random: (below: number) => number): string {
  const lines = text.split("\r\n");
  const line = lines[random(lines.length)] as string;
  lines.splice(random(lines.length), random(2), line);
  return lines.join("\r\n");
}
