import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { main } from "../../../runtime/cli/main.ts";
import { filterFolder } from "../../build/filter-folder.ts";
import { GATE } from "../../workbench/gate.ts";
import { keptTerminal } from "../kept-terminal.ts";

interface Result {
  readonly cases: readonly {
    readonly name: string;
    readonly verdict: string;
    readonly mixed?: boolean;
    readonly request: { ns: number; fuel: number; calls?: number };
    readonly response?: { ns: number; fuel: number; calls?: number };
  }[];
  readonly empty: { readonly request: { ns: number; fuel: number } };
}

test("heddle bench measures every case beside the empty filter, and fuel is the same each time", async (t) => {
  const folder = filterFolder(t, { "index.ts": GATE });
  const cases = `cases:
  - name: let in
    request: { headers: { x-key: alice } }
    expect: { response: { status: 200 } }
  - { name: refused, expect: {} }
  - name: twice
    store: { last: nobody }
    quota: { bob: 1 }
    steps:
      - { request: { headers: { x-key: bob } }, expect: {} }
      - { request: { headers: { x-key: bob } }, expect: {} }
  - { name: not accepted, config: { header: refused }, refused: x }
`;
  writeFileSync(join(folder, "gate.cases.yaml"), cases);
  const results: Result[] = [];
  for (let run = 0; run < 2; run++) {
    const terminal = keptTerminal();
    assert.equal(await main(["bench", folder, "--quick"], terminal), 0, terminal.said.join("\n"));
    assert.match(
      terminal.printed.join("\n"),
      /^case +verdict +part +ns +of empty +fuel +memory\nlet in +next \* +request +[\d,]+ +[\d.]+x +[\d,]+ +\d+ KiB\n/,
    );
    results.push(terminal.values[0] as Result);
  }
  const [first, second] = results as [Result, Result];
  assert.deepEqual(
    first.cases.map(({ name, verdict, mixed }) => [name, verdict, mixed ?? false]),
    [
      ["let in", "next", true],
      ["refused", "respond", false],
      ["twice, 1", "next", true],
      ["twice, 2", "respond", true],
    ],
  );
  for (const [at, one] of first.cases.entries()) {
    assert.ok(one.request.ns > 0 && one.request.fuel > first.empty.request.fuel);
    assert.equal(one.request.fuel, second.cases[at]?.request.fuel);
  }
});

test("heddle bench takes a plain request where there are no cases, and says when none is left", async (t) => {
  const folder = filterFolder(t, { "index.ts": GATE });
  const terminal = keptTerminal();
  assert.equal(await main(["bench", folder, "--quick"], terminal), 0);
  assert.equal((terminal.values[0] as Result).cases[0]?.verdict, "respond");
  writeFileSync(join(folder, "gate.cases.yaml"), "cases: [{ name: a, expect: {} }]\n");
  assert.equal(await main(["bench", folder, "--quick", "--filter", "zzz"], terminal), 2);
});

const CALLER = `import { Action, http, request, respond } from "heddle/sdk";

export function onRequest(): Action {
  const key = request.header("x-key");
  if (key === null) return respond(401).empty();
  const first = http.get("shop/keys:80", "/" + key);
  if (first.failed) return respond(503).empty();
  const second = http.get("shop/keys:80", "/again");
  return second.status == 200 ? Action.Next : respond(403).empty();
}

export function onResponse(): Action {
  http.get("shop/keys:80", "/over");
  return Action.Next;
}
`;

test("heddle bench measures filters that wait: calls are answered at once by the case, counted, and said to be", async (t) => {
  const folder = filterFolder(t, { "index.ts": CALLER });
  const cases = `http: { "shop/keys:80": { body: key } }
cases:
  - { name: known, request: { headers: { x-key: a } }, expect: { response: { status: 200 } } }
  - { name: no key, expect: {} }
  - { name: no backend, http: { "shop/keys:80": { error: timeout } }, request: { headers: { x-key: a } }, expect: {} }
  - name: after another one
    steps:
      - { request: { headers: { x-key: a } }, expect: { response: { status: 200 } } }
      - { request: { headers: { x-key: b } }, expect: {} }
`;
  writeFileSync(join(folder, "calls.cases.yaml"), cases);
  const terminal = keptTerminal();
  assert.equal(await main(["bench", folder, "--quick"], terminal), 0, terminal.said.join("\n"));
  const result = terminal.values[0] as Result;
  assert.deepEqual(
    result.cases.map(({ name, verdict, request, response }) => [name, verdict, request.calls, response?.calls]),
    [
      ["known", "next", 2, 1],
      ["no key", "respond", undefined, undefined],
      ["no backend", "respond", 1, undefined],
      ["after another one, 1", "next", 2, 1],
      ["after another one, 2", "next", 2, 1],
    ],
  );
  const [known, refused, unreachable] = result.cases.map(({ request }) => request);
  assert.ok(known && refused && unreachable);
  assert.ok(known.fuel > unreachable.fuel && unreachable.fuel > refused.fuel, "what a call weighs counts");
  const printed = terminal.printed.join("\n");
  assert.match(printed, /^case +verdict +part +ns +of empty +fuel +memory +calls\nknown +next +request .* 2\n/);
  assert.match(printed, /calls are answered at once/);
});
