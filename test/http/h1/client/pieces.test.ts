import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Heard, origin, pool, send } from "./origin.ts";

const BODY = fc.array(
  fc.string({ minLength: 1, maxLength: 40, unit: fc.constantFrom("a", "\r", "\n", "0", ";", "\xe9") }),
  {
    maxLength: 5,
  },
);

interface Message {
  readonly text: string;
  readonly body: string;
  readonly trailer: string | undefined;
}

const length = BODY.map((parts): Message => {
  const body = parts.join("");
  return { text: `HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: ${body.length}\r\n\r\n${body}`, body, trailer: undefined };
});

const chunked = fc.tuple(BODY, fc.boolean(), fc.boolean()).map(([parts, hasExtension, hasTrailer]): Message => {
  const chunks = parts
    .map((part) => `${part.length.toString(16)}${hasExtension ? ";a=b" : ""}\r\n${part}\r\n`)
    .join("");
  const trailer = hasTrailer ? "x-t: 1\r\n" : "";
  const text = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n${trailer}\r\n`;
  return { text, body: parts.join(""), trailer: hasTrailer ? "1" : undefined };
});

const interim = fc.array(fc.constantFrom(100, 102, 103), { maxLength: 3 });

/** The data of frames, without their framing. */
function unframed(text: string): string {
  let body = "";
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, end), 16);
    assert.match(text.slice(at, end), /^[0-9a-f]+$/i);
    body += text.slice(end + 2, end + 2 + size);
    assert.equal(text.slice(end + 2 + size, end + 4 + size), "\r\n");
    at = end + 4 + size;
  }
  return body;
}

test("a response is the same in whatever pieces it comes, and its connection goes on", async (t) => {
  let pieces: string[] = [];
  let connections = 0;
  let texts = 0;
  const port = await origin(t, (socket, number) => {
    connections = number;
    socket.on("data", async () => {
      for (const piece of pieces) {
        await new Promise<void>((written) => socket.write(piece, "latin1", () => written()));
        // So that the other side reads it by itself.
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  });
  const outbound = pool(t, port, { connections: 1 });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(length, chunked),
      interim,
      fc.array(fc.nat(400), { maxLength: 6 }),
      fc.boolean(),
      fc.boolean(),
      async (message, statuses, cuts, takesFrames, takesTexts) => {
        const text = statuses.map((status) => `HTTP/1.1 ${status} X\r\nA: b\r\n\r\n`).join("") + message.text;
        const at = [0, ...cuts.map((cut) => cut % text.length).sort((a, b) => a - b), text.length];
        pieces = at
          .slice(1)
          .map((end, i) => text.slice(at[i], end))
          .filter((piece) => piece !== "");
        const heard = new Heard();
        heard.takesFrames = takesFrames;
        heard.takesTexts = takesTexts;
        await send(outbound, {}, undefined, heard).heard.over;
        assert.equal(heard.failure, undefined);
        texts += heard.textBytes;
        const isFramed = takesFrames && message.text.includes("chunked");
        assert.equal(isFramed ? unframed(heard.body) : heard.body, message.body);
        if (isFramed) assert.equal(heard.dataBytes, message.body.length);
        assert.equal(heard.trailers?.get("x-t"), message.trailer);
        assert.deepEqual(
          heard.interim,
          statuses.filter((status) => status !== 100),
        );
      },
    ),
    { numRuns: 300, seed: 11 },
  );
  assert.equal(connections, 1);
  assert.ok(texts > 0, `${texts} bytes came as text`);
});

test("a body that does not come with its head, or not all of it, comes as bytes from there on", async (t) => {
  const body = "\xff".repeat(5_000);
  for (const [behind, wanted] of [
    [0, 0],
    [100, 100],
    [5_000, 0],
  ] as const) {
    const port = await origin(t, (socket) => {
      socket.on("data", () => {
        const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`;
        socket.write(head + body.slice(0, behind), "latin1");
      });
    });
    const heard = new Heard();
    heard.takesTexts = true;
    const outbound = pool(t, port);
    const sent = send(outbound, {}, undefined, heard);
    if (behind < body.length) {
      await new Promise<void>((resolve) => {
        heard.onHead = resolve;
      });
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(heard.body, body.slice(0, behind));
    } else await sent.heard.over;
    assert.equal(heard.textBytes, wanted);
  }
});

test("a listener that wants no text any more once it has the head gets bytes", async (t) => {
  const port = await origin(t, (socket) => {
    socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
  });
  const heard = new Heard();
  heard.takesTexts = true;
  heard.onHead = () => {
    heard.takesTexts = false;
  };
  await send(pool(t, port), {}, undefined, heard).heard.over;
  assert.equal(heard.textBytes, 0);
  assert.equal(heard.body, "hello");
});
