import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { type MountedFilter, mountFilter } from "../../runtime/workbench/mount-filter.ts";

// One filter for the whole file: it does what `x-do` says with the text attribute `in.text` and leaves `out.text`.
const SOURCE = `import { Action, JsonKind, JsonValue, attributes, base64url, hash, hex, json, request, utf8 } from "heddle/sdk";

function show(value: JsonValue): string {
  if (value.kind === JsonKind.Null) return "null";
  if (value.kind === JsonKind.Bool) return value.flag ? "true" : "false";
  if (value.kind === JsonKind.Number) return value.number === Math.trunc(value.number) && Math.abs(value.number) < 1e15 ? (<i64>value.number).toString() : value.number.toString();
  if (value.kind === JsonKind.Text) return json.quote(value.text);
  const parts: string[] = [];
  for (let i = 0; i < value.length; i++) {
    parts.push((value.kind === JsonKind.Object ? json.quote(value.names[i]) + ":" : "") + show(value.items[i]));
  }
  return value.kind === JsonKind.Object ? "{" + parts.join(",") + "}" : "[" + parts.join(",") + "]";
}

function bytes(text: string): Uint8Array {
  const decoded = hex.decode(text);
  return decoded === null ? new Uint8Array(0) : decoded;
}

function run(what: string, text: string): string | null {
  if (what === "json") { const value = json.parse(text); return value === null ? null : show(value); }
  if (what === "get") {
    const value = json.parse(text);
    if (value === null) return null;
    return [value.string("s", "-"), value.int("i", -1).toString(), value.float("f", -1).toString(), value.bool("b").toString(),
      value.strings("l").join("+"), value.list("l").length.toString(), value.object("o").int("n", -1).toString(), value.has("s").toString()].join(" ");
  }
  if (what === "base64url.decode") { const value = base64url.decode(text); return value === null ? null : hex.encode(value); }
  if (what === "base64url.encode") return base64url.encode(bytes(text));
  if (what === "hex.decode") { const value = hex.decode(text); return value === null ? null : hex.encode(value); }
  if (what === "utf8.decode") return utf8.decode(bytes(text));
  if (what === "utf8.encode") return hex.encode(utf8.encode(text));
  if (what === "hash.text") return hash.text(text).toString();
  if (what === "hash.fraction") return hash.fraction(text, "salt").toString();
  return "?";
}

export function onRequest(): Action {
  const what = request.header("x-do");
  const text = attributes.text("in.text");
  const result = run(what === null ? "" : what, text === null ? "" : text);
  if (result !== null) attributes.set("out.text", result);
  return Action.Next;
}
`;

const folder = mkdtempSync(join(tmpdir(), "heddle-values-"));
let filter: MountedFilter;
before(async () => {
  writeFileSync(join(folder, "index.ts"), SOURCE);
  writeFileSync(join(folder, "plugin.json"), `{"name":"values","version":"1.0.0","description":"Runs one function."}`);
  filter = await mountFilter(await buildPlugin({ folder }));
});
after(() => rmSync(folder, { recursive: true }));

function run(what: string, text: string): unknown {
  const { attributes, fault } = filter.request({ headers: { "x-do": what }, attributes: { "in.text": text } });
  assert.equal(fault, undefined);
  return attributes["out.text"] ?? null;
}

const REFUSED_JSON = [
  ...[
    "",
    " ",
    "nul",
    "truefalse",
    "01",
    "-",
    "+1",
    ".5",
    "1.",
    "1e",
    "1e+",
    "1e999",
    "0x1",
    "NaN",
    "'a'",
    `"a`,
    `"\t"`,
  ],
  ...[
    `"\\x"`,
    `"\\u12"`,
    `"\\u12g4"`,
    `"\\`,
    "[",
    "[1,]",
    "[,1]",
    "[1 2]",
    "]",
    "{",
    "{,}",
    `{"a"}`,
    `{"a":}`,
    `{"a":1,}`,
  ],
  ...["{a:1}", `{"a":1 "b":2}`, `{"a":1}x`, `{"a":1,"a":2}`, `{"a":1,"\\u0061":2}`, "[1]]", "//", "\ufeff1"],
  `{${Array.from({ length: 20 }, (_, i) => `"k${i % 19}":1`).join(",")}}`,
  `${"[".repeat(33)}${"]".repeat(33)}`,
  "[".repeat(3000),
  `${'{"a":'.repeat(600)}1`,
];

describe("json", () => {
  test("gives null for everything that is not strict JSON, without a trap", () => {
    for (const text of REFUSED_JSON) assert.equal(run("json", text), null, JSON.stringify(text.slice(0, 50)));
  });

  test("takes nesting up to its limit, and many members", () => {
    const nested = `${"[".repeat(32)}${"]".repeat(32)}`;
    assert.equal(run("json", nested), nested);
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, i])));
    assert.equal(run("json", many), many);
  });

  test("reads what JSON.stringify writes, with any spacing", () => {
    const value = fc.jsonValue({ maxDepth: 4, noUnicodeString: false, stringUnit: "grapheme" } as never);
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, "\t", " \n"), (json, space) => {
        const text = JSON.stringify(json, null, space as string);
        if (text.length > 3000) return;
        const read = run("json", text);
        assert.equal(typeof read, "string", text);
        assert.ok(isClose(JSON.parse(read as string), JSON.parse(text)), `${text} was read as ${read}`);
      }),
      { numRuns: 200 },
    );
  });

  test("agrees with JSON.parse about what is JSON, duplicates and depth aside", () => {
    const token = fc.constantFrom(...'{}[]:,"\\ 10-.eE+tfn'.split(""), "true", "null", '"a"', "\\u00e9", "\n");
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        const text = tokens.join("");
        const expected = parses(text);
        if (expected && /"a".*"a"/s.test(text)) return;
        const isEmptyTwice = expected && (text.match(/""\s*:/g)?.length ?? 0) > 1;
        if (isEmptyTwice || /\d[eE]\+?\d{3}/.test(text)) return;
        assert.equal(run("json", text) !== null, expected, text);
      }),
      { numRuns: 1000 },
    );
  });

  test("getters give the fallback for what is absent or of another type", () => {
    assert.equal(
      run("get", `{"s":"x","i":5,"f":1.5,"b":true,"l":["a",1,"b"],"o":{"n":7}}`),
      "x 5 1.5 true a+b 3 7 true",
    );
    assert.equal(run("get", `{"s":1,"i":1.5,"f":"x","b":1,"l":"one","o":[]}`), "- -1 -1.0 false one 0 -1 true");
    assert.equal(run("get", `{"i":99999999999}`), "- -1 -1.0 false  0 -1 false");
    assert.equal(run("get", "[1]"), "- -1 -1.0 false  0 -1 false");
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The same value, but that numbers may be a few units in the last place apart, or both next to nothing: `parseFloat` of AssemblyScript is not exact. */
function isClose(one: unknown, other: unknown): boolean {
  if (typeof one === "number" && typeof other === "number") {
    return Math.abs(one - other) <= Math.abs(other) * 1e-13 + 1e-307;
  }
  if (one === null || other === null || typeof one !== "object" || typeof other !== "object") return one === other;
  const [mine, its] = [Object.entries(one), Object.entries(other)];
  if (Array.isArray(one) !== Array.isArray(other) || mine.length !== its.length) return false;
  return mine.every(([name, value]) => Object.hasOwn(other, name) && isClose(value, Reflect.get(other, name)));
}

describe("encodings", () => {
  test("base64url agrees with node, both ways", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        assert.equal(run("base64url.encode", buffer.toString("hex")) ?? "", buffer.toString("base64url"));
        assert.equal(run("base64url.decode", buffer.toString("base64url")), buffer.toString("hex"));
      }),
    );
  });

  test("base64url takes one spelling of the bytes only", () => {
    for (const text of ["A", "YR", "YQ==", "YW J", "a+b/", "YQ\n", "ü", "AAAAA"]) {
      assert.equal(run("base64url.decode", text), null, text);
    }
  });

  test("utf8 agrees with a strict decoder", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const lead = fc.constantFrom(0x41, 0x80, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff);
    fc.assert(
      fc.property(fc.array(fc.oneof(lead, fc.integer({ min: 0, max: 255 })), { maxLength: 5 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        let expected: string | null = null;
        try {
          expected = strict.decode(buffer);
        } catch {}
        assert.equal(run("utf8.decode", buffer.toString("hex")), expected, buffer.toString("hex"));
      }),
      { numRuns: 500 },
    );
    assert.equal(run("utf8.encode", "aü€😀"), Buffer.from("aü€😀").toString("hex"));
  });

  test("hex takes pairs of digits only", () => {
    const rows = { "": "", "00ff": "00ff", ABcd: "abcd", "0": null, "0g": null, "/:": null, "@G": null, "`g": null };
    for (const [text, expected] of Object.entries(rows)) assert.equal(run("hex.decode", text), expected, text);
  });
});

describe("hash", () => {
  test("is MurmurHash3", () => {
    for (const text of ["", "a", "ab", "abc", "ünï", "a longer text of some words"]) {
      assert.equal(run("hash.text", text), String(murmur3(Buffer.from(text, "utf16le"))), text);
    }
  });

  test("spreads evenly", () => {
    const samples = Array.from({ length: 4000 }, (_, i) => Number(run("hash.fraction", `user-${i}`)));
    assert.ok(samples.every((sample) => sample >= 0 && sample < 1));
    const below = samples.filter((sample) => sample < 0.1).length;
    // 400 expected; five standard deviations of the binomial are 95.
    assert.ok(Math.abs(below - 400) < 95, `${below} of 4000 below 0.1`);
  });
});

/** MurmurHash3_x86_32 with seed 0, written from its definition as the oracle. */
function murmur3(bytes: Buffer): number {
  const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by));
  const scramble = (block: number) => Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
  let state = 0;
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4)
    state = (Math.imul(rotate(state ^ scramble(bytes.readInt32LE(at)), 13), 5) + 0xe6546b64) | 0;
  if (whole < bytes.length) state ^= scramble(bytes.readUIntLE(whole, bytes.length - whole));
  state ^= bytes.length;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
