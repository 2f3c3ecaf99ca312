/** Finds where HTTP/1.1 responses end in a stream of bytes. */
export interface ResponseCounter {
  push(chunk: Buffer): void;
}

/**
 * For the answers of servers that the bench itself started: Content-Length or chunked bodies, no trailers, no body longer
 * than memory. Not a parser for hostile input.
 */
export function createResponseCounter(onResponse: (status: number) => void): ResponseCounter {
  let pending: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      for (let end = responseEnd(pending); end !== undefined; end = responseEnd(pending)) {
        const status = Number(pending.toString("latin1", 9, 12));
        pending = pending.subarray(end);
        onResponse(status);
      }
    },
  };
}

/** Where the first response ends; undefined while it is incomplete. */
function responseEnd(bytes: Buffer): number | undefined {
  const head = bytes.indexOf("\r\n\r\n");
  if (head === -1) return undefined;
  const text = bytes.toString("latin1", 0, head);
  const end = /\r\ntransfer-encoding: *chunked/i.test(text)
    ? chunkedEnd(bytes, head + 4)
    : head + 4 + Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
  return end !== undefined && end <= bytes.length ? end : undefined;
}

function chunkedEnd(bytes: Buffer, start: number): number | undefined {
  for (let at = start; ; ) {
    const line = bytes.indexOf("\r\n", at);
    if (line === -1) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
    at = line + 2 + size + 2;
    if (size === 0 || at > bytes.length) return size === 0 ? at : undefined;
  }
}
