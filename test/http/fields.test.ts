import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fieldList } from "../../runtime/http/fields.ts";

test("names are compared without case and kept in lower case; order and repetition are kept", () => {
  const fields = fieldList(["Set-Cookie", "a=1", "X-A", "1", "SET-COOKIE", "b=2"]);
  assert.equal(fields.get("set-cookie"), "a=1");
  assert.deepEqual(fields.values("Set-Cookie"), ["a=1", "b=2"]);
  assert.deepEqual(fields.entries(), [
    ["set-cookie", "a=1"],
    ["x-a", "1"],
    ["set-cookie", "b=2"],
  ]);
  fields.set("Set-Cookie", "c=3");
  assert.deepEqual(fields.raw, ["set-cookie", "c=3", "x-a", "1"]);
  fields.remove("X-a");
  fields.add("X-B", "2");
  assert.deepEqual(fields.raw, ["set-cookie", "c=3", "x-b", "2"]);
  assert.equal(fields.count(), 2);
  assert.equal(fields.has("X-B"), true);
  assert.equal(fields.get("x-none"), undefined);
});

test("edits agree with a plain list of pairs", () => {
  const name = fc.constantFrom("a", "B", "c-d", "C-D");
  const edit = fc.record({ kind: fc.constantFrom("set", "add", "remove"), name, value: fc.string({ maxLength: 3 }) });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 30 }), (edits) => {
      const fields = fieldList();
      let model: [string, string][] = [];
      for (const { kind, name, value } of edits) {
        const lower = name.toLowerCase();
        const first = model.findIndex(([each]) => each === lower);
        if (kind === "add" || (kind === "set" && first < 0)) model.push([lower, value]);
        else if (kind === "remove") model = model.filter(([each]) => each !== lower);
        else
          model = model.flatMap(([each, old], at): [string, string][] =>
            each !== lower ? [[each, old]] : at === first ? [[each, value]] : [],
          );
        if (kind === "set") fields.set(name, value);
        else if (kind === "add") fields.add(name, value);
        else fields.remove(name);
      }
      assert.deepEqual(fields.entries(), model);
    }),
  );
});

test("a copy can be put back", () => {
  const fields = fieldList(["a", "1"]);
  const before = fields.copy();
  fields.set("a", "2");
  fields.add("b", "3");
  fields.replace(before);
  assert.deepEqual(fields.entries(), [["a", "1"]]);
});
