import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { rawClient } from "./raw-client.ts";
import { answer, readBody, serve } from "./serve.ts";

interface Sent {
  readonly framing: "none" | "length" | "chunked";
  readonly chunks: readonly string[];
  readonly late: boolean;
}

const chunk = fc.string({ minLength: 1, maxLength: 60, unit: "binary-ascii" });
const sent: fc.Arbitrary<Sent> = fc.record({
  framing: fc.constantFrom("none", "length", "chunked"),
  chunks: fc.array(chunk, { maxLength: 4 }),
  late: fc.boolean(),
});

function bytesOf({ framing, chunks, late }: Sent, index: number): string {
  const head = `POST /${index}${late ? "?late" : ""} HTTP/1.1\r\nhost: a.test\r\n`;
  if (framing === "none") return `${head}\r\n`;
  if (framing === "length") return `${head}content-length: ${chunks.join("").length}\r\n\r\n${chunks.join("")}`;
  const body = chunks.map((each) => `${each.length.toString(16)};e\r\n${each}\r\n`).join("");
  return `${head}transfer-encoding: chunked\r\n\r\n${body}0\r\n\r\n`;
}

test("any requests, pipelined, in any pieces, answered now or later: the same exchanges in the same order", async (t) => {
  const seen: string[] = [];
  const served = await serve(t, (exchange) => {
    void readBody(exchange).then(({ text }) => {
      seen.push(`${exchange.request.target} ${text}`);
      const reply = () => answer(exchange, 200, `[${exchange.request.target}]`);
      if (exchange.request.target.endsWith("late")) setImmediate(reply);
      else reply();
    });
  });
  const property = fc.asyncProperty(
    fc.array(sent, { minLength: 1, maxLength: 6 }),
    fc.array(fc.nat(1_500), { maxLength: 6 }),
    async (requests, cuts) => {
      seen.length = 0;
      const text = requests.map(bytesOf).join("");
      const client = rawClient(t, served.port);
      let at = 0;
      for (const cut of [...cuts.map((each) => each % text.length).sort((a, b) => a - b), text.length]) {
        client.send(text.slice(at, cut));
        at = cut;
        await new Promise((resolve) => setImmediate(resolve));
      }
      const targets = requests.map(({ late }, index) => `/${index}${late ? "?late" : ""}`);
      await client.until(new RegExp(`\\[${targets.at(-1)?.replace("?", "\\?")}\\]$`));
      client.socket.destroy();
      const bodies = requests.map(({ framing, chunks }) => (framing === "none" ? "" : chunks.join("")));
      assert.deepEqual(
        seen,
        targets.map((target, index) => `${target} ${bodies[index]}`),
      );
      assert.deepEqual(
        [...client.text.matchAll(/\[(\/\d(?:\?late)?)\]/g)].map(([, target]) => target),
        targets,
      );
    },
  );
  await fc.assert(property, { numRuns: 150 });
  assert.deepEqual(served.refusals, []);
  assert.deepEqual(served.faults, []);
});
