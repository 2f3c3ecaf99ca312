import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { fieldList } from "../../../runtime/http/fields.ts";
import { connectH2 } from "../../../runtime/http/h2/connect-h2.ts";
import { mayGoOut } from "../../../runtime/http/h2/legal-fields.ts";
import type { OutboundFailure } from "../../../runtime/http/outbound.ts";
import { answer, serve } from "../h1/server/serve.ts";

/** What no field may carry: each would be another byte, or end the line, where the message goes on in HTTP/1.1. */
const BAD = ["a\r\nb: c", "a\nb", "a\rb", "a\u010ab", "a\0b", "\u20ac", "\x7f"];

for (const value of BAD) {
  test(`HTTP/2: ${JSON.stringify(value)} of a filter or the configuration goes out in no response`, async (t) => {
    const served = await serve(t, (exchange) =>
      answer(exchange, 200, "", exchange.request.target === "/bad" ? ["x-v", value] : ["x-v", "good"]),
    );
    const session = connect(`http://127.0.0.1:${served.port}`);
    t.after(() => session.destroy());
    const refused = session.request({ ":path": "/bad" });
    let heard = false;
    refused.on("response", () => {
      heard = true;
    });
    refused.on("error", () => {});
    refused.resume();
    await new Promise((resolve) => refused.once("close", resolve));
    assert.notEqual(refused.rstCode, 0);
    assert.equal(heard, false);
    const next = session.request({ ":path": "/" });
    next.resume();
    const [fields] = await once(next, "response");
    assert.equal(fields["x-v"], "good");
  });
}

test("HTTP/2: nothing that could break a line goes out in a request; the failure is ours and nothing was sent", async (t) => {
  const server = createServer();
  let requests = 0;
  server.on("stream", (stream: ServerHttp2Stream) => {
    requests += 1;
    stream.respond({ ":status": 204 }, { endStream: true });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const outbound = connectH2({ address: "127.0.0.1", port: (server.address() as AddressInfo).port });
  t.after(() => outbound.destroy());
  const send = (parts: { target?: string; authority?: string; fields?: string[] }) =>
    new Promise<OutboundFailure | "ended">((resolve) =>
      outbound.send(
        {
          ...{ method: "GET", authority: parts.authority ?? "a.test", target: parts.target ?? "/" },
          ...{ fields: fieldList(parts.fields ?? []), contentLength: undefined, upgrade: undefined },
        },
        undefined,
        {
          ...{ started() {}, informational() {}, head() {}, data: () => true, takesFrames: false, frame: () => true },
          end: () => resolve("ended"),
          failed: resolve,
        },
      ),
    );
  const bad = [
    ...BAD.map((value) => ({ fields: ["x-v", value] })),
    { fields: ["x v", "a"] },
    { fields: ["x-v\n", "a"] },
    { target: "/\u010a" },
    { target: "/a b" },
    { authority: "a\r\nb" },
  ];
  for (const parts of bad) {
    const failure = await send(parts);
    assert.deepEqual(
      failure !== "ended" && { fault: failure.fault, sent: failure.sent },
      { fault: "request", sent: false },
      JSON.stringify(parts),
    );
  }
  assert.equal(await send({ fields: ["x-v", "good \xe9\tword"] }), "ended");
  assert.equal(requests, 1);
});

test("what may go out", () => {
  assert.equal(mayGoOut([":status", "200", "x-v", "", "set-cookie", "a=b; path=/"]), true);
  assert.equal(mayGoOut(["X-V", "a"]), false);
  assert.equal(mayGoOut(["", "a"]), false);
});
