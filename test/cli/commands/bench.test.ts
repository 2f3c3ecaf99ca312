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
    readonly request: { ns: number; fuel: number };
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
