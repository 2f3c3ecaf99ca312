import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { stateOf } from "../../runtime/wasm/abi/proxy-wasm/stream-state.ts";
import { startFilter } from "../wasm/proxy-wasm/filters.ts";
import { testExchange } from "../wasm/surroundings.ts";
import { filterFolder } from "./filter-folder.ts";

// Envoy does not show the request's head to later hooks. A module leaves a copy of it with the stream, but only where something
// that such a hook can reach reads it.

const HEAD = `import { Action, request, response } from "heddle/sdk";
export function onRequest(): Action {
  return request.header("x-none") === null ? Action.Next : Action.NeedBody;
}
`;

const FILTERS: Record<string, [source: string, copies: boolean]> = {
  "a response hook that reads no request": [
    `export function onResponse(): void { response.setHeader("x-a", "b"); }`,
    false,
  ],
  "a body hook that reads no request": [`export function onRequestBody(): Action { return Action.Next; }`, false],
  "a response hook that reads the request": [
    `export function onResponse(): void { response.setHeader("x-a", request.path()); }`,
    true,
  ],
  "a body hook that reads the request through a function": [
    `function deep(): string { return request.method(); }
     export function onResponseBody(): Action { return deep() === "GET" ? Action.Next : Action.NeedMore; }`,
    true,
  ],
  "a function that another hook has chosen": [
    `let chosen: () => string = () => "none";
     export function configure(): string | null { chosen = () => request.path(); return null; }
     export function onResponse(): void { response.setHeader("x-a", chosen()); }`,
    true,
  ],
  "a method that a class has in place of another's": [
    `class Source { text(): string { return "none"; } }
     class Path extends Source { text(): string { return request.path(); } }
     let source = new Source();
     export function configure(): string | null { source = new Path(); return null; }
     export function onResponse(): void { response.setHeader("x-a", source.text()); }`,
    true,
  ],
};

describe("the copy of a request's head", () => {
  for (const [name, [source, copies]] of Object.entries(FILTERS)) {
    test(`${name}: ${copies ? "a copy" : "none"}`, async (t) => {
      const folder = filterFolder(t, { "index.ts": HEAD + source });
      const { component } = await buildPlugin({ folder, target: "proxy-wasm" });
      const { generation } = await startFilter(component);
      const exchange = testExchange();
      assert.equal(generation.onRequest(exchange).kind, "next");
      assert.equal(stateOf(exchange, "heddle.request.head") !== undefined, copies);
    });
  }
});
