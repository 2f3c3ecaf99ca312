import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type FieldList, fieldList } from "../../../../runtime/http/fields.ts";
import { fieldLines } from "../../../../runtime/http/h1/head/field-lines.ts";
import { HeadFields } from "../../../../runtime/http/h1/head/head-fields.ts";
import { HeadTable } from "../../../../runtime/http/h1/head/head-table.ts";
import { parseRequestHead } from "../../../../runtime/http/h1/head/parse-request-head.ts";

type Pair = readonly [name: string, value: string];

function headFields(lines: readonly Pair[]): HeadFields {
  const table = new HeadTable();
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  assert.equal(parseRequestHead(Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\n${text}\r\n`, "latin1"), table), "complete");
  return new HeadFields(table);
}

// Names that the tokenizer knows, names that it does not, two of them with the same key, in any case.
const name = fc.constantFrom(
  "Cookie",
  "cookie",
  "Accept",
  "via",
  "x-a",
  "X-A",
  "X-Abba",
  "X-Acca",
  "x-long-name-number-two",
);
const value = fc.constantFrom("", "1", "two words", "caf\xe9", "z".repeat(300));
const pair = fc.tuple(name, value);
type Change = readonly ["set" | "add" | "remove" | "removeWhere" | "replace" | "introduce", string, string];
const change: fc.Arbitrary<Change> = fc.tuple(
  fc.constantFrom("set", "set", "add", "add", "remove", "removeWhere", "replace", "introduce", "introduce"),
  name,
  value,
);

function apply(fields: FieldList, [kind, name, value]: Change): void {
  if (kind === "set" || kind === "add") fields[kind](name, value);
  else if (kind === "remove") fields.remove(name);
  else if (kind === "removeWhere") fields.removeWhere((one) => one.startsWith(name.slice(0, 3).toLowerCase()));
  else if (kind === "introduce") introduce(fields, name.toLowerCase(), value);
  else if (value === "1") fields.replace([name.toLowerCase(), value]);
}

/** A field of that name and another one, where neither is there. */
function introduce(fields: FieldList, name: string, value: string): void {
  if (fields.hasAny([name, "x-other"])) return;
  fields.introduce([name, value, "x-other", "o"], `${name}: ${value}\r\nx-other: o\r\n`);
}

function found(fields: HeadFields, name: string): string | undefined {
  const into = { text: "", start: 0, end: 0 };
  return fields.find(name.toLowerCase(), into) ? into.text.slice(into.start, into.end) : undefined;
}

function same(actual: HeadFields, expected: FieldList, asked: string): void {
  assert.deepEqual(actual.raw, expected.raw);
  assert.deepEqual(actual.copy(), expected.copy());
  assert.deepEqual(actual.entries(), expected.entries());
  assert.equal(actual.count(), expected.count());
  assert.equal(found(actual, asked), expected.get(asked));
  for (const names of [[asked.toLowerCase()], ["host"], ["x-other", asked.toLowerCase()], ["x-none", "via"]]) {
    assert.equal(actual.hasAny(names), expected.hasAny(names));
  }
  assert.deepEqual(
    [actual.get(asked), actual.has(asked), actual.values(asked)],
    [expected.get(asked), expected.has(asked), expected.values(asked)],
  );
}

/** The lines as they would be written one by one. */
function linesOf(fields: FieldList): string[] {
  const names = new Set(["host", "content-length", "expect"]);
  return fields.entries().flatMap(([name, value]) => (names.has(name) ? [] : [`${name}: ${value}`]));
}

const lower = (line: string): string => line.slice(0, line.indexOf(":")).toLowerCase() + line.slice(line.indexOf(":"));

test("any head with any edits reads and writes as a plain list does", () => {
  fc.assert(
    fc.property(
      fc.array(pair, { maxLength: 12 }),
      fc.array(change, { maxLength: 8 }),
      name,
      (lines, changes, asked) => {
        const actual = headFields(lines);
        const expected = fieldList(["host", "a", ...lines.flatMap(([name, value]) => [name, value.trim()])]);
        same(actual, expected, asked);
        for (const one of changes) {
          apply(actual, one);
          apply(expected, one);
          same(actual, expected, asked);
        }
        const written = (fieldLines(actual) as string).split("\r\n").slice(0, -1).map(lower);
        assert.deepEqual(written, linesOf(expected));
      },
    ),
    { numRuns: 300, seed: 7 },
  );
});

test("lines about the connection are neither seen nor written, whatever is done to the others", () => {
  const fields = headFields([
    ["Connection", "close, x-secret"],
    ["X-Secret", "1"],
    ["Transfer-Encoding", "chunked"],
    ["TE", "trailers"],
    ["Upgrade", "websocket"],
    ["Expect", "100-continue"],
    ["Cookie", "a=b"],
  ]);
  const seen = ["host", "expect", "cookie"];
  assert.deepEqual(
    fields.entries().map(([name]) => name),
    seen,
  );
  for (const hidden of ["connection", "x-secret", "transfer-encoding", "te", "upgrade"]) {
    assert.deepEqual([fields.get(hidden), fields.has(hidden), fields.values(hidden)], [undefined, false, []]);
    fields.remove(hidden);
  }
  assert.equal(fieldLines(fields), "Cookie: a=b\r\n");
  fields.set("x-secret", "2");
  fields.add("connection", "close");
  fields.add("transfer-encoding", "gzip");
  fields.set("cookie", "c");
  assert.equal(fieldLines(fields), "cookie: c\r\nx-secret: 2\r\n");
});

test("unchanged lines go out byte by byte as they came", () => {
  const table = new HeadTable();
  const odd = "X-A:1 \t\r\nCOOKIE:\t caf\xe9\r\nx-a:\r\n";
  const head = `GET / HTTP/1.1\r\n${odd}Host: a\r\nZ: 1\r\n\r\n`;
  assert.equal(parseRequestHead(Buffer.from(head, "latin1"), table), "complete");
  const fields = new HeadFields(table);
  assert.equal(fieldLines(fields), `${odd}Z: 1\r\n`);
  fields.set("host", "a");
  assert.ok(!fields.isChanged, "the same value is no change");
  fields.set("host", "b");
  fields.add("New", "2");
  assert.equal(fieldLines(fields), `${odd}Z: 1\r\nnew: 2\r\n`);
});

const UNFIT: Pair[] = [
  ["x", "a\r\nb: c"],
  ["x", "a\rb"],
  ["x", "a\nb"],
  ["x", "a\0"],
  ["x", `${"a".repeat(40)}\r\nb: c`],
  ["x", `${"a".repeat(30)}\r\n`],
  ["x", "\u010d\u010a"],
  ["x", "\x7f"],
  ["", "a"],
  ["x y", "a"],
  ["x:", "a"],
  ["x\r\ny", "a"],
  ["\u0178", "a"],
];

for (const [name, value] of UNFIT) {
  test(`${JSON.stringify([name, value])} goes out of no list`, () => {
    const added = headFields([["Y", "1"]]);
    added.add(name, value);
    assert.equal(fieldLines(added), undefined);
    assert.equal(fieldLines(fieldList([name, value])), undefined);
    assert.equal(
      fieldLines(fieldList(["y", "1", name, value, "z", "long ".repeat(20).trim()])),
      undefined,
      "between others",
    );
    const set = headFields([["x", "1"]]);
    set.set("x", value);
    if (value !== "a") assert.equal(fieldLines(set), undefined);
  });
}
