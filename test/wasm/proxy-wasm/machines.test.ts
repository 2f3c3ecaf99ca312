import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { LogLevel } from "../../../runtime/wasm/services.ts";
import { localCalls } from "../local-calls.ts";
import { testExchange } from "../surroundings.ts";
import { startFilter } from "./filters.ts";
import { type Callback, pairsText, type Step, scripted, WORD } from "./script.ts";

const INFO = 2;
const says = (line: string): Callback => ({ steps: [["proxy_log", INFO, line]], returns: 1 });

const LIFE: Readonly<Record<string, Callback>> = {
  proxy_on_vm_start: says("started"),
  proxy_on_configure: says("configured"),
  proxy_on_done: says("done"),
};

/** A filter that says how many exchanges its instance has seen. */
const COUNTS = `(global $seen (mut i32) (i32.const 48))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (global.set $seen (i32.add (global.get $seen) (i32.const 1)))
    (i32.store8 (i32.const 64) (global.get $seen))
    (drop (call $proxy_log (i32.const 2) (i32.const 64) (i32.const 1))) (i32.const 0))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (drop (call $proxy_log (i32.const 2) (i32.const 64) (i32.const 1))) (i32.const 0))`;

describe("an instance that has run so many callbacks", () => {
  test("gives way to one that was started and configured; its exchanges end on it, then its root context", async () => {
    const filter = scripted({ proxy_on_done: says("done") }, { wat: COUNTS });
    const { generation, services } = await startFilter(filter, { limits: { hooksPerInstance: 2 } });
    const [one, two, three] = [testExchange(), testExchange(), testExchange()];
    for (const exchange of [one, two, three]) generation.onRequest(exchange);
    one.response.status = 200;
    generation.onResponse(one);
    generation.release?.(one);
    services.lines.push({ plugin: "", level: "info", message: "the last one" });
    generation.release?.(two);
    assert.deepEqual(
      services.lines.map(({ message }) => message),
      ["1", "2", "1", "2", "done", "the last one", "done", "done"],
    );
  });

  test("is not replaced before there is another one, and again and again", async () => {
    const { generation, services } = await startFilter(scripted({}, { wat: COUNTS }), {
      limits: { hooksPerInstance: 1 },
    });
    for (let count = 0; count < 4; count++) {
      const exchange = testExchange();
      generation.onRequest(exchange);
      generation.release?.(exchange);
      await new Promise((soon) => setImmediate(soon));
    }
    assert.deepEqual(
      services.lines.map(({ message }) => message),
      ["1", "1", "1", "1"],
    );
  });
});

describe("a root context ends", () => {
  test("when the plugin is closed; the spare one says nothing", async () => {
    const { generation, services } = await startFilter(scripted(LIFE));
    generation.close();
    assert.deepEqual(
      services.lines.map(({ message }) => message),
      ["started", "configured", "done"],
    );
  });

  const HEAD = pairsText([
    [":method", "GET"],
    [":path", "/flush"],
    [":authority", "auth"],
  ]);
  const flush: Step = ["proxy_http_call", "auth", HEAD, "", "", 1000, WORD];

  test("later, where it has more to do and says so: when it calls proxy_done", async (t) => {
    const calls = await localCalls(t, (_, response) => response.end("ok"));
    const filter = scripted({
      proxy_on_done: { steps: [flush], returns: 0 },
      proxy_on_http_call_response: { steps: [["proxy_done"], ["proxy_done"]] },
      proxy_on_delete: says("deleted"),
    });
    let timers = 0;
    const every = () => {
      timers += 1;
      return () => {
        timers -= 1;
      };
    };
    const options = { backends: ["acme/auth:80"], services: { calls, every } };
    const { generation, services } = await startFilter(filter, options);
    generation.close();
    while (timers > 0 || calls.open > 0) await new Promise((soon) => setImmediate(soon));
    const lines = services.lines.map(({ message }) => message).filter((line) => !line.includes("http_call 0"));
    assert.deepEqual(lines, ["http_call_response done 0", "http_call_response done 1", "deleted"]);
  });

  test("at the latest when it has taken too long", async () => {
    const runs: (() => void)[] = [];
    const every = (_: number, run: () => void) => {
      runs.push(run);
      return () => {};
    };
    const filter = scripted({ proxy_on_done: { returns: 0 }, proxy_on_delete: says("deleted") });
    const { generation, services } = await startFilter(filter, { services: { every } });
    generation.close();
    assert.equal(services.lines.length, 0);
    runs[0]?.();
    assert.deepEqual(
      services.lines.map(({ message }) => message),
      ["deleted"],
    );
  });

  test("that has not been asked to end has nothing to be done with", async () => {
    const { generation, services } = await startFilter(
      scripted({ proxy_on_request_headers: { steps: [["proxy_done"]] } }),
    );
    generation.onRequest(testExchange());
    assert.equal(services.lines[0]?.message, "request_headers done 1");
  });
});

describe("a level of the log", () => {
  const LEVELS: readonly (readonly [least: LogLevel | undefined, lines: string[], answer: number])[] = [
    ["trace", ["trace 0", "debug 1", "info 2", "warn 3", "error 4", "error 5"], 0],
    ["debug", ["debug 1", "info 2", "warn 3", "error 4", "error 5"], 1],
    [undefined, ["info 2", "warn 3", "error 4", "error 5"], 2],
    ["error", ["error 4", "error 5"], 4],
  ];
  for (const [least, lines, answer] of LEVELS) {
    test(`${least ?? "that nobody has chosen"} is what the filter is told, and what is written`, async () => {
      const steps = [0, 1, 2, 3, 4, 5].map((level): Step => ["proxy_log", level, String(level)]);
      const filter = scripted(
        { proxy_on_request_headers: { steps } },
        {
          wat: `(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
            (drop (call $proxy_get_log_level (i32.const 64)))
            (i32.store8 (i32.const 64) (i32.add (i32.const 48) (i32.load8_u (i32.const 64))))
            (drop (call $proxy_log (i32.const 5) (i32.const 64) (i32.const 1))) (i32.const 0))`,
        },
      );
      const { generation, services } = await startFilter(filter, { services: { logLevel: least } });
      const exchange = testExchange();
      generation.onRequest(exchange);
      exchange.response.status = 200;
      generation.onResponse(exchange);
      assert.deepEqual(
        services.lines.map(({ level, message }) => `${level} ${message}`),
        [...lines, `error ${answer}`],
      );
    });
  }
});
