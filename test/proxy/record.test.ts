import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Downstream, Exchange } from "../../runtime/http/exchange.ts";
import { fieldList } from "../../runtime/http/fields.ts";
import { Client } from "../../runtime/proxy/client.ts";
import { EndpointState } from "../../runtime/proxy/cluster/endpoint.ts";
import { FLAGS, type Flag } from "../../runtime/proxy/flags.ts";
import { Outcome } from "../../runtime/proxy/outcome.ts";
import { NOWHERE, Place } from "../../runtime/proxy/place.ts";
import { type LineFacts, lineOf, refusalRecord } from "../../runtime/proxy/record.ts";
import { TurnTime } from "../../runtime/proxy/turn-time.ts";
import { type AccessRecord, printable } from "../../runtime/telemetry/access-log.ts";

const connection = { clientAddress: "a", clientPort: 1, serverAddress: "b", serverPort: 2, protocol: "HTTP/1.1" };

test("the time of a line is the one that Date would write, whatever came before", () => {
  const refusal = { status: 400, detail: "", connection, method: "", target: "" };
  const instant = fc.oneof(
    fc.double({ min: 0, max: Date.UTC(9999, 11, 31), noNaN: true }),
    fc.integer({ min: 1_699_999_999_000, max: 1_700_000_002_000 }),
  );
  fc.assert(
    fc.property(instant, (at) => {
      assert.equal(refusalRecord(refusal, "l", at).time, new Date(at).toISOString());
    }),
  );
});

const outbound = { send: () => ({ resume() {}, abort() {} }), close: async () => {}, destroy: async () => {} };
const endpoint = new EndpointState("10.0.0.1", 80, outbound);

/** What a client or a filter may put anywhere. */
const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(...'"\\\n\r\u0000\u001b\u007f\u0085\u2028\u2029\ud800é/ a'), maxLength: 20 }),
  fc.constantFrom("", "GET", "/some/path", "a.test:8080"),
);

/** Names in an object. JSON.parse of Node before 26.12 takes later names' escapes for a backslash once it has met one there. */
const named = hostile.filter((name) => !name.includes("\\"));

const facts = fc.record({
  method: hostile,
  authority: hostile,
  target: hostile,
  path: hostile,
  query: fc.option(hostile, { nil: undefined }),
  agent: fc.option(hostile, { nil: undefined }),
  client: hostile,
  status: fc.constantFrom(0, 200, 204, 302, 404, 503),
  notes: fc.array(fc.tuple(fc.constantFrom(...(Object.keys(FLAGS) as Flag[])), hostile), { maxLength: 2 }),
  began: fc.double({ min: 1.6e12, max: 1.8e12, noNaN: true }),
  duration: fc.double({ min: 0, max: 1e7, noNaN: true }),
  latency: fc.double({ min: 0, max: 1e5, noNaN: true }),
  attempts: fc.nat(3),
  places: fc.option(fc.tuple(hostile, hostile, hostile), { nil: undefined }),
  received: fc.nat(),
  sent: fc.nat(),
  plugins: fc.dictionary(named, hostile, { maxKeys: 2 }),
  attributes: fc.dictionary(named, fc.oneof(hostile, fc.boolean(), fc.integer()), { maxKeys: 3 }),
  span: fc.option(fc.dictionary(named, fc.oneof(hostile, fc.boolean(), fc.double()), { maxKeys: 3 }), {
    nil: undefined,
  }),
});

type Facts = typeof facts extends fc.Arbitrary<infer T> ? T : never;

function lineFactsOf(given: Facts): LineFacts {
  const fields = fieldList(given.agent === undefined ? [] : ["user-agent", given.agent]);
  const { method, authority, target, path, query } = given;
  const request = { method, scheme: "http" as const, authority, target, path, query, fields, hasBody: false };
  const from = { ...connection, clientAddress: given.client };
  const exchange = new Exchange({ ...request, upgrade: undefined }, from, {} as Downstream);
  exchange.response.status = given.status;
  exchange.received = given.received;
  exchange.sent = given.sent;
  for (const [name, value] of Object.entries(given.attributes)) exchange.attributes.set(name, value);
  if (given.span !== undefined) exchange.span = new Map(Object.entries(given.span));
  const clock = { now: () => given.began, monotonic: () => 5 };
  const outcome = new Outcome({ turn: new TurnTime(clock) } as ConstructorParameters<typeof Outcome>[0]);
  Object.assign(outcome, { requestId: "r-1", traceId: "t", spanId: "s", end: 5 + given.duration });
  for (const [flag, detail] of given.notes) outcome.note(flag, detail);
  const forward = { endpoint, attempts: given.attempts, latency: given.latency } as LineFacts["forward"];
  return {
    exchange,
    outcome,
    client: new Client(from, () => false),
    forward: given.attempts === 0 ? undefined : forward,
    place: given.places === undefined ? NOWHERE : new Place(...given.places),
    plugins: printable(JSON.stringify(given.plugins)),
  };
}

/** The record, made the long way. */
function recordOf(given: Facts): AccessRecord {
  const flags = [...new Set(given.notes.map(([flag]) => flag))].join(",");
  const record: AccessRecord = {
    time: new Date(given.began).toISOString(),
    ...{ requestId: "r-1", traceId: "t", spanId: "s", method: given.method, authority: given.authority },
    ...{ path: given.path || given.target, query: given.query, protocol: "HTTP/1.1", client: `${given.client}:1` },
    ...{ status: given.status, flags: flags || "-", detail: given.notes.map(([, detail]) => detail).reduce(join, "") },
    listener: given.places?.[0] ?? "",
    route: given.places?.[1] ?? "",
    backend: given.places?.[2] ?? "",
    upstream: given.attempts === 0 ? "" : "10.0.0.1:80",
    attempts: given.attempts,
    duration: Math.round(given.duration * 1_000) / 1_000,
    upstreamDuration: given.attempts === 0 ? 0 : Math.round(given.latency * 1_000) / 1_000,
    ...{ bytesReceived: given.received, bytesSent: given.sent, plugins: given.plugins },
    ...{ attributes: given.attributes, span: given.span, userAgent: given.agent },
  };
  return JSON.parse(JSON.stringify(record));
}

function join(before: string, next: string): string {
  return before === "" ? next : `${before}; ${next}`;
}

test("a line says what the record says, in printable ASCII, whatever clients and filters wrote", () => {
  fc.assert(
    fc.property(facts, (given) => {
      const line = lineOf(lineFactsOf(given));
      // A number is written with three decimals; their sum with `start` may round the other way.
      const read = JSON.parse(line);
      const wanted = recordOf(given);
      assert.ok(Math.abs(read.duration - wanted.duration) < 0.002);
      assert.deepEqual({ ...read, duration: 0 }, { ...wanted, duration: 0 });
      assert.match(line.replace(/[^\x20-\x7e]/g, "\n"), /^[^\n]*\n$/);
    }),
    { numRuns: 500 },
  );
});

test("what is remembered of a client follows what it says", () => {
  const client = new Client(connection, (address) => address === "a");
  assert.equal(client.trusted, true);
  for (const agent of ["one", "one", 'two"', undefined, "one"]) {
    const named = agent === undefined ? "" : `,"userAgent":${JSON.stringify(agent)}`;
    assert.equal(client.text(agent), `","protocol":"HTTP/1.1","client":"a:1"${named}`);
  }
  for (const method of ["GET", "GET", "POST"]) {
    const text = `","method":"${method}","authority":"h","path":"`;
    assert.equal(client.askedText(method, "h"), text);
  }
  assert.equal(client.authorityOf("A.test:80")?.text, "a.test:80");
  assert.equal(client.authorityOf("bad host"), undefined);
  assert.equal(client.authorityOf("bad host"), undefined);
  assert.equal(client.authorityOf("b.test")?.text, "b.test");
  assert.equal(client.authorityOf(""), undefined);
});
