import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WitType } from "../../wit/contract.ts";
import { flatten, layout, slots } from "../../wit/flatten.ts";

const string: WitType = { kind: "string" };
const cases: [name: string, type: WitType, size: number, align: number, flat: string][] = [
  ["bool", { kind: "bool" }, 1, 1, "i32"],
  ["string", string, 8, 4, "i32,i32"],
  ["option<string>", { kind: "option", item: string }, 12, 4, "i32,i32,i32"],
  ["option<bool>", { kind: "option", item: { kind: "bool" } }, 2, 1, "i32,i32"],
  ["option<f64>", { kind: "option", item: { kind: "f64" } }, 16, 8, "i32,f64"],
  ["tuple<string, string>", { kind: "tuple", items: [string, string] }, 16, 4, "i32,i32,i32,i32"],
  ["result<_, string>", { kind: "result", ok: undefined, error: string }, 12, 4, "i32,i32,i32"],
];

describe("the Canonical ABI's layout", () => {
  for (const [name, type, size, align, flat] of cases) {
    test(name, () => {
      assert.deepEqual(layout(type), { size, align });
      assert.equal(flatten(type).join(), flat);
    });
  }

  test("fields are aligned one by one", () => {
    const fields = [
      { name: "a", type: { kind: "bool" } as WitType },
      { name: "b", type: { kind: "f64" } as WitType },
      { name: "c", type: { kind: "u8" } as WitType },
    ];
    assert.deepEqual(
      slots(fields).map(({ offset }) => offset),
      [0, 8, 16],
    );
    assert.deepEqual(layout({ kind: "record", name: "r", docs: "", fields }), { size: 24, align: 8 });
  });
});
