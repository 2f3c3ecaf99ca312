import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { HostServices } from "../../../runtime/wasm/services.ts";
import { testExchange, testServices } from "../surroundings.ts";
import { startFilter } from "./filters.ts";
import { type Step, scripted, TEXT, WORD } from "./script.ts";

const soon = () => new Promise((done) => setImmediate(() => setImmediate(done)));

async function run(
  steps: readonly Step[],
  store: HostServices["store"],
  vmId = "",
  name = "acme/filter",
): Promise<string[]> {
  const filter = scripted({ proxy_on_request_headers: { steps } });
  const { generation, services } = await startFilter(filter, { name, services: { store }, proxyWasm: { vmId } });
  generation.onRequest(testExchange());
  return services.lines.map(({ message }) => message.replace(/request_headers |_shared_data|_shared_queue/g, ""));
}

const get: Step = ["proxy_get_shared_data", "key", TEXT, WORD];
const set = (value: string, cas: number): Step => ["proxy_set_shared_data", "key", value, cas];

describe("shared data", () => {
  test("is read with the version that a write has to name", async () => {
    const { store } = testServices();
    assert.deepEqual(await run([get, set("a", 0), get, set("b", 1), get, set("c", 1), get], store), [
      "get 1 [] 0",
      "set 0",
      "get 0 [a] 1",
      "set 0",
      "get 0 [b] 2",
      "set 8",
      "get 0 [b] 2",
    ]);
  });

  test("is written for a version where nothing is", async () => {
    assert.deepEqual(await run([set("a", 7), get], testServices().store), ["set 0", "get 0 [a] 1"]);
  });

  test("belongs to a plugin, or to a VM id", async () => {
    const { store } = testServices();
    await run([set("mine", 0)], store);
    await run([set("ours", 0)], store, "shared");
    assert.deepEqual(await run([get], store, "", "acme/other"), ["get 1 [] 0"]);
    assert.deepEqual(await run([get], store, "shared", "acme/other"), ["get 0 [ours] 1"]);
  });

  test("that is larger than the store is not kept", async () => {
    const store = testServices().store;
    const filter = scripted(
      { proxy_on_request_headers: { steps: [["proxy_set_shared_data", "key", 0, 2_000_000, 0]] } },
      {
        wat: "(func $grow (drop (memory.grow (i32.const 32)))) (start $grow)",
      },
    );
    const { generation, services } = await startFilter(filter, { services: { store } });
    generation.onRequest(testExchange());
    assert.equal(services.lines[0]?.message, "request_headers set_shared_data 10");
  });
});

const register = (name: string): Step => ["proxy_register_shared_queue", name, WORD];
const enqueue = (id: number, text: string): Step => ["proxy_enqueue_shared_queue", id, text];
const dequeue = (id: number): Step => ["proxy_dequeue_shared_queue", id, TEXT];

describe("a shared queue", () => {
  test("gives what was put in, in order", async () => {
    assert.deepEqual(
      await run(
        [register("q"), register("q"), enqueue(1, "a"), enqueue(1, "b"), dequeue(1), dequeue(1), dequeue(1)],
        testServices().store,
      ),
      ["register 0 1", "register 0 1", "enqueue 0", "enqueue 0", "dequeue 0 [a]", "dequeue 0 [b]", "dequeue 7 []"],
    );
  });

  test("is found by VM id and name, and unknown ones are not", async () => {
    const { store } = testServices();
    const resolve = (vmId: string, name: string): Step => ["proxy_resolve_shared_queue", vmId, name, WORD];
    assert.deepEqual(await run([register("q"), resolve("", "q"), resolve("other", "q")], store, "one"), [
      ...["register 0 1", "resolve 0 1", "resolve 1 0"],
    ]);
    assert.deepEqual(await run([resolve("one", "q"), resolve("one", "r"), enqueue(9, "a"), dequeue(0)], store, "two"), [
      ...["resolve 0 1", "resolve 1 0", "enqueue 1", "dequeue 1 []"],
    ]);
  });

  test("calls back whoever registered it last, in a callback of its own", async () => {
    const { store } = testServices();
    const filter = scripted({
      proxy_on_configure: { steps: [register("q")], returns: 1 },
      proxy_on_request_headers: { steps: [enqueue(1, "a")] },
      proxy_on_queue_ready: { steps: [dequeue(1)] },
    });
    const first = await startFilter(filter, { services: { store }, proxyWasm: { vmId: "x" } });
    const second = await startFilter(filter, { services: { store }, proxyWasm: { vmId: "x" } });
    first.generation.onRequest(testExchange());
    assert.equal(second.services.lines.length, 1);
    await soon();
    assert.deepEqual(
      second.services.lines.slice(1).map(({ message }) => message),
      ["queue_ready dequeue_shared_queue 0 [a]"],
    );
    second.generation.close();
    first.generation.onRequest(testExchange());
    await soon();
    assert.equal(first.services.lines.length, 3);
  });

  test("holds so much and no more", async () => {
    const steps = [
      register("q"),
      ...Array.from({ length: 10 }, () => ["proxy_enqueue_shared_queue", 1, 0, 200_000] as Step),
    ];
    const filter = scripted(
      { proxy_on_request_headers: { steps } },
      {
        wat: "(func $grow (drop (memory.grow (i32.const 32)))) (start $grow)",
      },
    );
    const { generation, services } = await startFilter(filter);
    generation.onRequest(testExchange());
    const statuses = services.lines.slice(1).map(({ message }) => message.split(" ").at(-1));
    assert.deepEqual(statuses, [...Array(5).fill("0"), ...Array(5).fill("10")]);
  });
});

describe("ticks", () => {
  const ticks = (period: number): Step => ["proxy_set_tick_period_milliseconds", period];

  test("come on the root context of the instance that serves, as often as was asked for, until nobody asks", async () => {
    const armed: { period: number; run: () => void }[] = [];
    const every = (period: number, run: () => void) => {
      const one = { period, run };
      armed.push(one);
      return () => void armed.splice(armed.indexOf(one), 1);
    };
    const filter = scripted({
      proxy_on_vm_start: { steps: [ticks(50)], returns: 1 },
      proxy_on_tick: { steps: [["proxy_log", 2, "tick"]] },
      proxy_on_request_headers: { steps: [["proxy_set_effective_context", 1], ticks(1)] },
      proxy_on_response_headers: { steps: [ticks(0)] },
    });
    const { generation, services } = await startFilter(filter, { services: { every } });
    assert.deepEqual(
      armed.map(({ period }) => period),
      [50],
    );
    armed[0]?.run();
    assert.equal(services.lines.at(-1)?.message, "tick");
    generation.onRequest(testExchange());
    assert.deepEqual(
      armed.map(({ period }) => period),
      [10],
    );
    const exchange = testExchange();
    exchange.response.status = 200;
    generation.onResponse(exchange);
    assert.deepEqual(armed, []);
  });
});
