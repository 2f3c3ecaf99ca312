import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { createGeneration } from "../../runtime/wasm/generation.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import { createFakeExchange } from "../../runtime/workbench/fake-exchange.ts";
import { createRecordingServices } from "../../runtime/workbench/recording-services.ts";
import { filterFolder } from "../build/filter-folder.ts";

// Reads bodies as text and JSON, and writes others.
const BODIES = `import { Action, body, json, request } from "heddle/sdk";
export function onRequest(): Action { return request.hasBody() ? Action.NeedBody : Action.Next; }
export function onRequestBody(): Action {
  const value = body.json();
  assert(value !== null, "no JSON");
  if (value !== null) body.replace("{\\"again\\":" + json.quote(value.string("text")) + "}");
  body.append("\\n");
  return Action.Next;
}
export function onResponseBody(): Action {
  const text = body.text();
  if (text !== null) body.replace(text.toUpperCase());
  return Action.Next;
}
`;

// Allocates strings that the host lowered, strings of its own, and reads its configuration in every hook.
const SOURCE = `import { Action, config, json, request } from "heddle/sdk";
let prefix = "";
let lists: string[] = [];
export function configure(): string | null {
  prefix = config.string("prefix", "none");
  lists = config.strings("list");
  return prefix === "bad" ? "bad prefix" : null;
}
export function onRequest(): Action {
  const fields = request.headers();
  let text = prefix;
  for (let i = 0; i < fields.length; i++) text += fields[i].name + fields[i].value;
  const value = json.parse('{"a":[1,2,{"b":"c"}]}');
  assert(value !== null && config.string("prefix") === prefix && lists.join(",") === "a,b", "what configure kept is gone");
  request.setHeader("x-out", text);
  return Action.Next;
}
export function onLog(): void {
  assert(request.path().length > 0, "no path");
}
`;

describe("guest memory", () => {
  for (const memory of ["gc", "arena"]) {
    test(`stays flat with memory ${memory}, and what configure made stays`, async (t) => {
      const plugin = JSON.stringify({ name: "greedy", version: "1.0.0", description: "Allocates.", memory });
      const built = await buildPlugin({ folder: filterFolder(t, { "index.ts": SOURCE, "plugin.json": plugin }) });
      const { services } = createRecordingServices({}, undefined);
      const generation = await createGeneration({
        ...{ plugin: await compilePlugin(built.component), name: "greedy", version: "1.0.0", services },
        ...{ config: `{"prefix":"p","list":["a","b"]}`, grants: built.manifest.capabilities },
      });
      const run = (times: number): void => {
        for (let i = 0; i < times; i++) {
          const exchange = createFakeExchange({ headers: { a: "1".repeat(100), b: "2" } });
          assert.equal(generation.onRequest(exchange).kind, "next");
          assert.equal(generation.onLog(exchange).kind, "next");
          assert.equal(exchange.request.fields.get("x-out"), `pa${"1".repeat(100)}b2`);
        }
      };
      run(2000);
      const before = generation.memorySize;
      run(20_000);
      assert.equal(generation.memorySize, before);
      assert.equal(generation.traps, 0);
    });
  }

  for (const memory of ["gc", "arena"]) {
    test(`stays flat over bodies with memory ${memory}`, async (t) => {
      const plugin = JSON.stringify({ name: "bodies", version: "1.0.0", description: "Reads bodies.", memory });
      const built = await buildPlugin({ folder: filterFolder(t, { "index.ts": BODIES, "plugin.json": plugin }) });
      const { services } = createRecordingServices({}, undefined);
      const generation = await createGeneration({
        ...{ plugin: await compilePlugin(built.component), name: "bodies", version: "1.0.0", services },
        ...{ config: "{}", grants: built.manifest.capabilities },
      });
      const sent = Buffer.from(JSON.stringify({ text: "t".repeat(500) }));
      const run = (times: number): void => {
        for (let i = 0; i < times; i++) {
          const exchange = createFakeExchange({ body: "x" });
          assert.equal(generation.onRequest(exchange).kind, "hold");
          const request = { bytes: sent, end: true };
          assert.equal(generation.onRequestBody?.(exchange, request).kind, "next");
          assert.equal(request.bytes.length, sent.length + 2);
          assert.equal(generation.onResponseBody?.(exchange, { bytes: sent, end: false }).kind, "next");
        }
      };
      run(2000);
      const before = generation.memorySize;
      run(10_000);
      assert.equal(generation.memorySize, before);
      assert.equal(generation.traps, 0);
    });
  }

  test("in gc mode keeps what a filter keeps between requests", async (t) => {
    const source = `import { Action, request } from "heddle/sdk";
      const seen = new Map<string, i32>();
      export function onRequest(): Action {
        const path = request.path();
        seen.set(path, (seen.has(path) ? seen.get(path) : 0) + 1);
        request.setHeader("x-seen", seen.get(path).toString());
        return Action.Next;
      }`;
    const built = await buildPlugin({ folder: filterFolder(t, { "index.ts": source }) });
    const { services } = createRecordingServices({}, undefined);
    const generation = await createGeneration({
      ...{ plugin: await compilePlugin(built.component), name: "counting", version: "1.0.0", services },
      ...{ config: "{}", grants: built.manifest.capabilities },
    });
    for (let i = 0; i < 20_000; i++) {
      const exchange = createFakeExchange({ path: `/${i % 10}` });
      generation.onRequest(exchange);
      assert.equal(exchange.request.fields.get("x-seen"), String(Math.floor(i / 10) + 1));
    }
  });
});
