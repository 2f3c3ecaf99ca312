import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testExchange } from "../surroundings.ts";
import { startFilter } from "./filters.ts";
import { LONG, type Step, scripted, WORD } from "./script.ts";

const [COUNTER, GAUGE, HISTOGRAM] = [0, 1, 2];
const define = (type: number, name: string): Step => ["proxy_define_metric", type, name, WORD];
const increment = (id: number, by: bigint): Step => ["proxy_increment_metric", id, by];
const record = (id: number, value: bigint): Step => ["proxy_record_metric", id, value];
const get = (id: number): Step => ["proxy_get_metric", id, LONG];

async function run(steps: readonly Step[]): Promise<{ lines: string[]; seen: string[] }> {
  const seen: string[] = [];
  const metrics = {
    count: (plugin: string, name: string, by: number) => void seen.push(`${plugin} count ${name} ${by}`),
    gauge: (_: string, name: string, value: number) => void seen.push(`gauge ${name} ${value}`),
    observe: (_: string, name: string, value: number) => void seen.push(`observe ${name} ${value}`),
  };
  const filter = scripted({ proxy_on_request_headers: { steps } });
  const { generation, services } = await startFilter(filter, { services: { metrics } });
  generation.onRequest(testExchange());
  return { lines: services.lines.map(({ message }) => message.replace(/request_headers |_metric/g, "")), seen };
}

describe("metrics", () => {
  test("are numbered by their type; the same name is the same metric", async () => {
    const steps = [COUNTER, GAUGE, HISTOGRAM].flatMap((type) => [define(type, "a"), define(type, "b")]);
    const { lines } = await run([...steps, define(COUNTER, "a"), define(3, "c")]);
    assert.deepEqual(lines, [
      ...["define 0 4", "define 0 8", "define 0 5", "define 0 9", "define 0 6", "define 0 10"],
      ...["define 0 4", "define 2 0"],
    ]);
  });

  test("counters only grow, by increments and by records", async () => {
    const { lines, seen } = await run([
      define(COUNTER, "a.b-c"),
      increment(4, 2n),
      record(4, 3n),
      increment(4, 0n),
      increment(4, -1n),
      get(4),
    ]);
    assert.deepEqual(lines.slice(1), ["increment 0", "record 0", "increment 2", "increment 2", "get 0 5"]);
    assert.deepEqual(seen, ["acme/filter count a_b_c 2", "acme/filter count a_b_c 3"]);
  });

  test("gauges go both ways", async () => {
    const { lines, seen } = await run([
      define(GAUGE, "a"),
      increment(5, 5n),
      increment(5, -2n),
      get(5),
      record(5, 7n),
      get(5),
    ]);
    assert.deepEqual(lines.slice(1), ["increment 0", "increment 0", "get 0 3", "record 0", "get 0 7"]);
    assert.deepEqual(seen, ["gauge a 5", "gauge a 3", "gauge a 7"]);
  });

  test("histograms are recorded, and neither read nor incremented", async () => {
    const { lines, seen } = await run([define(HISTOGRAM, "a"), record(6, 4n), increment(6, 1n), get(6)]);
    assert.deepEqual(lines.slice(1), ["record 0", "increment 2", "get 2 0"]);
    assert.deepEqual(seen, ["observe a 4"]);
  });

  test("that nobody defined are not found", async () => {
    assert.deepEqual((await run([increment(4, 1n), record(5, 1n), get(5)])).lines, [
      "increment 1",
      "record 1",
      "get 1 0",
    ]);
  });

  test("whose number says that they cannot be read or incremented are refused for that, defined or not", async () => {
    const steps = [6, 7].flatMap((id) => [increment(id, 1n), get(id), record(id, 1n)]);
    const refused = ["increment 2", "get 2 0", "record 1"];
    assert.deepEqual((await run(steps)).lines, [...refused, ...refused]);
  });

  test("of one plugin are a thousand at most", async () => {
    const steps = Array.from({ length: 1001 }, (_, index) => define(COUNTER, `m${index}`));
    assert.deepEqual((await run(steps)).lines.length, 65);
  });
});
