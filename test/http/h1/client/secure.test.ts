import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { fieldList } from "../../../../runtime/http/fields.ts";
import { connectH1 } from "../../../../runtime/http/h1/client/connect-h1.ts";
import type { OutboundCall, OutboundListener } from "../../../../runtime/http/outbound.ts";
import { authority, certificateFor } from "../../../certificates.ts";

const CA = authority("CA");
const { chain: cert, key } = certificateFor(["app.test"], { issuer: CA });
const BODY = randomBytes(2_000_000);

for (const framing of ["length", "chunked", "close"] as const) {
  test(`a reader that stops after every piece gets what TLS brings meanwhile, and the end: ${framing}`, async (t) => {
    const server = createServer({ cert, key }, (_request, response) => {
      if (framing === "length") response.setHeader("content-length", BODY.length);
      if (framing !== "close") return void response.end(BODY);
      response.socket?.write("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
      response.socket?.end(BODY);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => server.close());
    const tls = {
      ...{ trusted: [CA.chain], serverName: "app.test" },
      names: [{ type: "Hostname" as const, value: "app.test" }],
    };
    const outbound = connectH1({ address: "127.0.0.1", port: (server.address() as AddressInfo).port, tls });
    t.after(() => outbound.destroy());
    const hash = createHash("sha256");
    let isPaused = false;
    await new Promise<void>((resolve, reject) => {
      const listener: OutboundListener = {
        ...{ takesFrames: false, started() {}, informational() {}, head() {}, frame: () => true },
        data(chunk) {
          assert.ok(!isPaused, "nothing comes while it is stopped");
          hash.update(chunk);
          isPaused = true;
          setImmediate(() => {
            isPaused = false;
            call.resume();
          });
          return false;
        },
        end: () => resolve(),
        failed: ({ fault, detail }) => reject(new Error(`${fault}: ${detail}`)),
      };
      const asked = { method: "GET", target: "/", authority: "app.test", fields: fieldList() };
      const call: OutboundCall = outbound.send(
        { ...asked, contentLength: undefined, upgrade: undefined },
        undefined,
        listener,
      );
    });
    assert.equal(hash.digest("hex"), createHash("sha256").update(BODY).digest("hex"));
  });
}
