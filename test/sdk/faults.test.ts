import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mountFilter } from "../../runtime/workbench/mount-filter.ts";
import { filterFolder } from "../build/filter-folder.ts";

const SOURCE = `import { Action, request } from "heddle/sdk";

let zero: i32 = 0;
const list: i32[] = [1];

function divide(by: i32): i32 {
  return 7 / by;
}

function forever(n: i32): i32 {
  return request.path().length + forever(n + 1);
}

export function onRequest(): Action {
  const path = request.path();
  if (path === "/assert") assert(zero > 0, "zero must be positive");
  if (path === "/throw") throw new Error("gave up");
  if (path === "/index") zero = list[list.length + 6];
  if (path === "/divide") zero = divide(zero);
  if (path === "/recurse") zero = forever(0);
  if (path === "/unreachable") unreachable();
  return Action.Next;
}
`;

const TRAPS: Record<string, RegExp> = {
  "/assert": /^zero must be positive at index\.ts:16:27$/,
  "/throw": /^gave up at index\.ts:17:26$/,
  "/index": /^Index out of range at index\.ts:18:33 \(~lib\/array\.ts:\d+:\d+\)$/,
  "/divide": /divide by zero at index\.ts:7:/,
  "/recurse": /call stack.* at .+:\d+:\d+$/i,
  "/unreachable": /unreachable at index\.ts:21:/,
};

describe("a trap names its place in the source", () => {
  for (const memory of ["gc", "arena"]) {
    test(`with memory ${memory}, and the filter goes on with the next request`, async (t) => {
      const plugin = JSON.stringify({ name: "faulty", version: "1.0.0", description: "Traps.", memory });
      const filter = await mountFilter(filterFolder(t, { "index.ts": SOURCE, "plugin.json": plugin }));
      for (const [path, detail] of Object.entries(TRAPS)) {
        const { verdict, fault } = filter.request({ path });
        assert.equal(verdict, "fault", path);
        assert.equal(fault?.code, "GUEST_TRAP");
        assert.match(fault?.detail ?? "", detail);
        assert.equal(filter.request().verdict, "next", `after ${path}`);
      }
    });
  }
});
