/** How every HTTP/2 connection begins (RFC 9113 3.4). No HTTP/1.1 request begins like this: `PRI` is reserved. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** `begins`: more bytes have to come. */
export type Preface = "no" | "begins" | "yes";

export function readPreface(bytes: Buffer, start: number, end: number): Preface {
  const length = Math.min(end - start, PREFACE.length);
  if (bytes.compare(PREFACE, 0, length, start, start + length) !== 0) return "no";
  return length === PREFACE.length ? "yes" : "begins";
}
