import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { main } from "../../runtime/cli/main.ts";
import type { RecordContent } from "../../runtime/proxy/recording/recorder.ts";
import { keptTerminal } from "./kept-terminal.ts";
import { type RecordedShop, recordShop } from "./recorded-shop.ts";

/** Reads an order, asks a backend about its buyer, and marks what the shop answers. */
const ORDERS = `import { Action, body, http, request, respond } from "heddle/sdk";

export function onRequest(): Action {
  return request.hasBody() ? Action.NeedBody : Action.Next;
}

export function onRequestBody(): Action {
  const order = body.json();
  if (order === null) return respond(400).text("expected JSON");
  const answer = http.get("default/app:80", "/buyers?name=" + order.string("buyer"));
  if (answer.status !== 200) return respond(403).text("unknown buyer");
  const buyer = answer.json();
  request.setHeader("x-limit", buyer === null ? "none" : buyer.int("limit").toString());
  return order.int("amount") > 100 ? respond(402).text("too much") : Action.Next;
}

export function onResponseBody(): Action {
  if (body.end()) body.append("!");
  return Action.Next;
}
`;

function record(t: TestContext, content: Partial<RecordContent>): Promise<RecordedShop> {
  return recordShop(t, {
    ...{ source: ORDERS, config: "{}", content },
    backend(request, response) {
      if (request.url === "/buyers?name=nobody") response.statusCode = 404;
      response.end(request.url?.startsWith("/buyers") ? '{"limit":50,"iban":"DE00 1234"}' : '{"made":"yes"}');
    },
    async ask(url) {
      const orders = [
        '{"buyer":"alice","amount":7}',
        '{"buyer":"alice","amount":700}',
        '{"buyer":"nobody","amount":1}',
      ];
      for (const body of [...orders, "no JSON", '{"buyer":"alice","amount":8}']) {
        const chunked = new ReadableStream({
          start(controller) {
            for (const half of [body.slice(0, 5), body.slice(5)]) controller.enqueue(new TextEncoder().encode(half));
            controller.close();
          },
        });
        const init = { method: "POST", body: chunked, duplex: "half" } as RequestInit;
        await (await fetch(`${url}/orders`, init)).text();
      }
    },
  });
}

async function replay(file: string, filter: string, against: string) {
  const terminal = keptTerminal();
  const code = await main(["replay", file, "--filter", filter, "--against", against], terminal);
  process.exitCode = 0;
  return { code, text: [...terminal.printed, ...terminal.said].join("\n") };
}

test("bodies and calls are recorded without their texts, and a replay decides by what is left", async (t) => {
  const { file, folder, exchanges } = await record(t, { bodies: 4096, keep: ["buyer", "name", "amount"] });
  assert.doesNotMatch(readFileSync(file, "utf8"), /DE00|no JSON|yes/);
  const [first, , third, fourth] = exchanges;
  assert.deepEqual(first?.request.body, { bytes: 28, text: '{"buyer":"alice","amount":7}' });
  assert.deepEqual(first?.response?.body, { bytes: 14, text: '{"made":"REDACTED"}' });
  const [call] = first?.calls ?? [];
  assert.deepEqual(
    [call?.backend, call?.method, call?.target, call?.status, call?.body?.text],
    ["default/app:80", "GET", "/buyers?name=alice", 200, '{"limit":0,"iban":"REDACTED"}'],
  );
  assert.equal(third?.calls?.[0]?.status, 404);
  assert.deepEqual(fourth?.request.body, { bytes: 7 });

  const built = join(folder, "dist", "sample.wasm");
  const same = await replay(file, folder, built);
  assert.equal(same.code, 0, same.text);
  assert.match(
    same.text,
    /^5 exchanges, none differs\n1 exchange with a body or a call that the recording does not have$/,
  );

  const stricter = ORDERS.replace("> 100", "> 7").replace(
    '"x-limit", buyer === null ? "none" : ',
    '"x-limit", "at most " + ',
  );
  const repaired = stricter.replace('"at most " + buyer.', '"at most " + buyer!.');
  writeFileSync(join(folder, "index.ts"), repaired.replace('"!"', '"?"'));
  const { code, text } = await replay(file, folder, built);
  assert.equal(code, 1, text);
  assert.match(text, /POST \/orders {2}line 1\n/);
  assert.match(text, /request\.request\.x-limit {2}0 → at most 0/);
  assert.match(text, /response\.body +\{"made":"REDACTED"\}! → \{"made":"REDACTED"\}\?/);
  assert.match(text, /POST \/orders {2}line 5\n {2}request\.verdict +next → respond\n {2}request\.status +none → 402/);
  assert.doesNotMatch(text, /line 3/);

  writeFileSync(join(folder, "index.ts"), ORDERS.replace("/buyers?name=", "/people?name="));
  const elsewhere = await replay(file, folder, built);
  assert.match(
    elsewhere.text,
    /calls\.0 +GET default\/app:80\/buyers\?name=alice → GET default\/app:80\/people\?name=alice|- GET default\/app:80\/buyers\?name=alice\n +\+ GET default\/app:80\/people\?name=alice/,
  );
  assert.match(elsewhere.text, /5 exchanges with a body or a call that the recording does not have/);
});

test("raw bodies are kept as they were, up to their bound; without a bound none is", async (t) => {
  const { exchanges } = await record(t, { bodies: 28, raw: true });
  assert.deepEqual(exchanges[3]?.request.body, { bytes: 7, text: "no JSON" });
  assert.deepEqual(exchanges[1]?.request.body, { bytes: 30 });
  assert.deepEqual(exchanges[0]?.calls?.[0]?.body, { bytes: 31 });
  const without = await record(t, {});
  assert.ok(
    without.exchanges.every(({ request, response }) => !("body" in request) && !(response && "body" in response)),
  );
});
