/** Faults that no exchange waits for, under the guard that a proxy puts around every filter. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { CallOutcome } from "../../../runtime/wasm/guest-calls.ts";
import type { HealthEvent } from "../../../runtime/wasm/health/quarantine.ts";
import { compilePlugin } from "../../../runtime/wasm/plugin.ts";
import { createLocalHost } from "../../../runtime/wasm/plugin-host.ts";
import { noKeySets } from "../../proxy/fleet/spinner.ts";
import { testExchange, testServices } from "../surroundings.ts";
import { type FilterText, filterModule } from "./filters.ts";
import { pairsText, type Step, scripted, WORD } from "./script.ts";

/** A filter in this thread whose ticks come, and whose calls are answered, when the test says so. */
async function serve(filter: FilterText) {
  const ticks = new Set<() => void>();
  const answers: (() => void)[] = [];
  const every = (_: number, run: () => void) => {
    ticks.add(run);
    return () => void ticks.delete(run);
  };
  const send = (_: unknown, done: (outcome: CallOutcome) => void) => {
    answers.push(() => done({ kind: "response", status: 200, headers: [], body: new Uint8Array(0), trailers: [] }));
    return { cancel() {} };
  };
  const services = testServices({ every, calls: { knows: () => true, send } });
  const plugin = await compilePlugin(filterModule(filter));
  const told: HealthEvent[] = [];
  const host = createLocalHost(services);
  const named = {
    plugin,
    name: "f",
    version: "1.0.0",
    config: "{}",
    grants: plugin.capabilities,
    backends: ["a/b:80"],
  };
  await (await host.start(named, noKeySets(), (event) => void told.push(event))).commit();
  const slot = host.slot("f");
  return {
    told,
    tick() {
      for (const run of [...ticks]) run();
    },
    answer: () => answers.shift()?.(),
    exchange() {
      const exchange = testExchange();
      const verdict = slot?.current?.onRequest(exchange);
      slot?.current?.release?.(exchange);
      return verdict?.kind === "fault" ? verdict.code : verdict?.kind;
    },
    code: () => slot?.quarantine?.code,
  };
}

type Served = Awaited<ReturnType<typeof serve>>;

const TICKS: Step = ["proxy_set_tick_period_milliseconds", 100];
const QUEUE: Step = ["proxy_register_shared_queue", "q", WORD];
const HEAD = pairsText([
  [":method", "GET"],
  [":path", "/"],
  [":authority", "b.test"],
]);
const CALL: Step = ["proxy_http_call", "a/b:80", HEAD, "", "", 1000, WORD];
const STARTS = (...steps: readonly Step[]) => ({ proxy_on_vm_start: { steps, returns: 1 } });
const traps = (callback: string, params: string): string =>
  `(func (export "${callback}") (param ${params}) unreachable)`;
const spins = (callback: string): string => `(func (export "${callback}") (param i32) (loop $again (br $again)))`;

const ROWS: readonly (readonly [
  name: string,
  filter: FilterText,
  once: (one: Served) => void,
  code: string,
  faults: number,
])[] = [
  [
    "ticks that trap",
    scripted(STARTS(TICKS), { wat: traps("proxy_on_tick", "i32") }),
    ({ tick }) => tick(),
    "GUEST_TRAP",
    5,
  ],
  [
    "ticks that never end",
    scripted(STARTS(TICKS), { wat: spins("proxy_on_tick") }),
    ({ tick }) => tick(),
    "FUEL_EXHAUSTED",
    2,
  ],
  [
    "a queue whose items are never taken well",
    scripted(
      { ...STARTS(QUEUE), proxy_on_request_headers: { steps: [["proxy_enqueue_shared_queue", 1, "item"]] } },
      { wat: traps("proxy_on_queue_ready", "i32 i32") },
    ),
    ({ exchange }) => void exchange(),
    "GUEST_TRAP",
    5,
  ],
  [
    "answers that it does not survive",
    scripted(STARTS(CALL), { wat: traps("proxy_on_http_call_response", "i32 i32 i32 i32 i32") }),
    ({ answer }) => answer(),
    "GUEST_TRAP",
    5,
  ],
  [
    "ends of exchanges that never end",
    scripted({}, { wat: `${traps("proxy_on_log", "i32")} ${spins("proxy_on_delete")}` }),
    ({ exchange }) => void exchange(),
    "FUEL_EXHAUSTED",
    2,
  ],
];

describe("a filter is quarantined for", () => {
  for (const [name, filter, once, code, faults] of ROWS) {
    test(name, async () => {
      const served = await serve(filter);
      for (let count = 1; count <= faults; count += 1) {
        assert.equal(served.code(), undefined, `after ${count - 1}`);
        once(served);
        // A queue tells in the next turn, and the next machine is there after it.
        for (let i = 0; i < 3; i += 1) await turn();
      }
      assert.equal(served.code(), code);
      assert.deepEqual(
        served.told.map(({ kind }) => kind),
        ["quarantined"],
      );
      assert.equal(served.exchange(), "PLUGIN_QUARANTINED");
    });
  }
});
