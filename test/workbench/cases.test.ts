import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { isHeddleError } from "../../runtime/errors.ts";
import { parseCases } from "../../runtime/workbench/cases/parse-cases.ts";
import { type CaseReport, runCase } from "../../runtime/workbench/cases/run-case.ts";
import { filterFolder } from "../build/filter-folder.ts";
import { GATE } from "./gate.ts";

const PASSING = `clock: 2026-03-01T12:00:00Z
cases:
  - name: everything about a request that is let in
    request: { method: POST, path: /orders?a=1, headers: { X-Key: alice, x-debug: [a, b] }, body: { json: { a: 1 } } }
    expect:
      verdict: next
      request: { headers: { x-user: alice, x-debug: null, x-key: { matches: ^ali } }, json: { a: 1 } }
      attributes: { subject: alice, other: null }
      logs: [let in alice]
      counters: { missing: 0 }
      store: { last: alice }
      backend: null
      response: { verdict: next, status: 200, headers: { x-gate: open } }
  - name: everything about an answer
    expect:
      verdict: respond
      status: 401
      headers: { WWW-Authenticate: Key }
      body: '{"error":"key"}'
      json: { error: key }
      detail: key_missing
      counters: { missing: 1 }
      logs: []
  - name: a bucket that is empty to begin with, and comes back
    quota: { bob: 0 }
    steps:
      - request: { headers: { x-key: bob } }
        expect: { status: 429, body: slow down }
      - advance: 30s
      - request: { headers: { x-key: bob } }
        expect: { verdict: next }
      - advance: 1s
        request: { headers: { x-key: bob } }
        expect: { status: 429 }
  - name: a trap that is expected
    request: { headers: { x-key: trap } }
    expect: { verdict: fault, fault: { matches: "^GUEST_TRAP: .*index.ts" } }
  - name: a configuration that is refused
    config: { header: refused }
    refused: "header: not this one"
---
config: { header: x-other }
cases:
  - name: a second document has a setup of its own
    request: { headers: { x-other: 7 } }
    response: { status: 204 }
    expect: { attributes: { subject: 7 }, response: { status: 204 } }
`;

const never = () => undefined;

async function reports(source: string, text: string, t: Parameters<typeof filterFolder>[0]): Promise<CaseReport[]> {
  const folder = filterFolder(t, { "index.ts": source });
  const found: CaseReport[] = [];
  for (const one of parseCases(text, "gate.cases.yaml")) found.push(await runCase(one, folder, never));
  return found;
}

describe("cases", () => {
  test("pass when the filter does all that they expect", async (t) => {
    for (const report of await reports(GATE, PASSING, t)) assert.deepEqual(report, { failures: [], frames: [] });
  });

  test("fail by name and line of each field that is otherwise", async (t) => {
    const text = `cases:
  - name: wrong in every way
    request: { headers: { x-key: alice } }
    expect:
      verdict: respond
      status: 200
      request:
        headers: { x-user: bob, x-none: { matches: a } }
      attributes: { subject: null }
      logs: [other, more]
      counters: { missing: 2 }
      store: { last: { matches: ^b } }
      response:
        headers: { x-gate: shut }
`;
    const [report] = await reports(GATE, text, t);
    assert.deepEqual(
      report?.failures.map(({ line, field, expected, actual }) => [line, field, expected, actual]),
      [
        [5, "expect.verdict", "respond", "next"],
        [6, "expect.status", "200", "none"],
        [8, "expect.request.headers.x-user", "bob", "alice"],
        [8, "expect.request.headers.x-none", "something like /a/", "none"],
        [9, "expect.attributes.subject", "none", "alice"],
        [10, "expect.logs[0]", "other", "let in alice"],
        [10, "expect.logs[1]", "more", "none"],
        [11, "expect.counters.missing", "2", "0"],
        [12, "expect.store.last", "something like /^b/", "alice"],
        [14, "expect.response.headers.x-gate", "shut", "open"],
      ],
    );
  });

  test("show of a JSON body what is otherwise, each value at its line", async (t) => {
    const source = `import { Action, respond } from "heddle/sdk";
export function onRequest(): Action {
  return respond(200).json('{"a":1,"list":[1,"2",{"deep":true}],"more":{"x":null},"same":[]}');
}
`;
    const text = `cases:
  - name: json
    expect:
      json:
        a: "1"
        list: [1, 2, { deep: false }]
        gone: text
        same: []
  - name: another kind
    expect: { json: [] }
`;
    const [report, other] = await reports(source, text, t);
    assert.deepEqual(
      report?.failures.map(({ line, field, expected, actual }) => [line, field, expected, actual]),
      [
        [5, "expect.json.a", '"1"', "1"],
        [5, "expect.json.more", "none", '{"x":null}'],
        [6, "expect.json.list[1]", "2", '"2"'],
        [6, "expect.json.list[2].deep", "false", "true"],
        [7, "expect.json.gone", '"text"', "none"],
      ],
    );
    assert.deepEqual(
      other?.failures.map(({ field, expected }) => [field, expected]),
      [["expect.json", "[]"]],
    );
  });

  test("show where the filter's frames were when it trapped and nobody expected that", async (t) => {
    const text = "cases: [{ name: x, request: { headers: { x-key: trap } }, expect: { status: 200 } }]";
    const [report] = await reports(GATE, text, t);
    assert.match(report?.frames.join("\n") ?? "", /index\.ts:3\d:\d+/);
  });

  test("fail on a trap even when what they expect is so", async (t) => {
    const text = "cases: [{ name: x, request: { headers: { x-key: trap } }, expect: { detail: null } }]";
    const [report] = await reports(GATE, text, t);
    assert.equal(report?.failures[0]?.expected, "no fault");
  });

  test("say why they cannot run", async (t) => {
    const text = "grants: [log]\ncases: [{ name: x, expect: { verdict: next } }]";
    const [report] = await reports(GATE, text, t);
    assert.match(report?.broken ?? "", /IMPORT_NOT_GRANTED/);
  });

  test("that expect a refusal fail without one", async (t) => {
    const [report] = await reports(GATE, "cases: [{ name: x, refused: no }]", t);
    assert.match(report?.failures[0]?.actual ?? "", /accepts its configuration/);
  });
});

const CALLER = `import { Action, http, respond } from "heddle/sdk";
export function onRequest(): Action {
  const answer = http.get("default/users:80", "/me?x=1");
  if (answer.failed) return respond(503).text("users: " + answer.error.toString());
  const words = answer.text();
  return words === null ? Action.Next : respond(403).text(words);
}
`;

test("cases answer the calls of a filter and look at them", async (t) => {
  const text = `http: { default/users:80: { status: 404, body: nobody } }
cases:
  - name: an answer
    expect:
      status: 403
      body: nobody
      calls: [{ backend: "default/users:80", method: GET, target: { matches: ^/me }, body: "" }]
  - name: a failure
    http: { default/users:80: { error: timeout } }
    expect: { status: 503, body: { matches: ^users } }
  - name: other calls than expected
    expect: { calls: [{ method: POST }, {}] }
`;
  const [answer, failure, other] = await reports(CALLER, text, t);
  const none = { failures: [], frames: [] };
  assert.deepEqual([answer, failure], [none, none]);
  assert.deepEqual(
    other?.failures.map(({ field, expected, actual }) => [field, expected, actual]),
    [
      ["expect.calls[0].method", "POST", "GET"],
      ["expect.calls[1]", "a call", "none"],
    ],
  );
});

describe("parseCases", () => {
  const REFUSED: Readonly<Record<string, [text: string, says: RegExp]>> = {
    "an empty file": ["", /x\.cases\.yaml:1: expected a list of cases/],
    "broken YAML": ["cases: [\n", /x\.cases\.yaml:2: /],
    "an unknown field": ["cases:\n  - name: a\n    expct: {}\n", /:3: cases\[0\]\.expct: expected expect, got/],
    "no cases": ["config: {}\n", /:1: cases: expected a list, got nothing/],
    "a case without a name": ["cases:\n  - expect: {}\n", /:2: cases\[0\]\.name: expected a text/],
    "a case that expects nothing": [
      "cases:\n  - name: a\n",
      /:2: cases\[0\]: expected expect, snapshot, steps or refused/,
    ],
    "a status that is none": [
      "cases:\n  - name: a\n    expect: { status: 99 }\n",
      /:3: .*a status from 100 to 599, got 99/,
    ],
    "a pattern that is none": [
      "cases:\n  - name: a\n    expect: { body: { matches: '(' } }\n",
      /:3: .*a regular expression/,
    ],
    "a clock that is none": ["clock: noon\ncases: []\n", /:1: clock: expected a time such as/],
    "a name twice": [
      "cases:\n  - { name: a, expect: {} }\n  - { name: a, expect: {} }\n",
      /:3: expected names that differ, got "a" twice/,
    ],
    "steps beside an exchange": [
      "cases:\n  - name: a\n    steps: [{ expect: {} }]\n    expect: {}\n",
      /:3: .*not both/,
    ],
    "an exchange beside a refusal": [
      "cases:\n  - name: a\n    refused: b\n    expect: {}\n",
      /:3: .*no exchange beside/,
    ],
  };
  for (const [name, [text, says]] of Object.entries(REFUSED)) {
    test(`refuses ${name}, by line`, () => {
      assert.throws(
        () => parseCases(text, "x.cases.yaml"),
        (error) => isHeddleError(error) && error.code === "CASES_INVALID" && says.test(error.message),
      );
    });
  }

  test("reads what it is given or refuses it, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.jsonValue().map((value) => stringify({ cases: [value] })),
        ),
        (text) => {
          try {
            assert.ok(parseCases(text, "x").length > 0);
          } catch (error) {
            assert.ok(isHeddleError(error) && error.code === "CASES_INVALID", String(error));
          }
        },
      ),
    );
  });
});
