import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import { createLocalHost } from "../../runtime/wasm/plugin-host.ts";
import type { LogLevel } from "../../runtime/wasm/services.ts";
import { filterModule } from "./proxy-wasm/filters.ts";
import { type Step, scripted } from "./proxy-wasm/script.ts";
import { testExchange, testServices } from "./surroundings.ts";

const WRITTEN: readonly (readonly [logLevel: LogLevel | undefined, levels: string])[] = [
  [undefined, "info,warn,error"],
  ["debug", "debug,info,warn,error"],
  ["error", "error"],
];

for (const [logLevel, levels] of WRITTEN) {
  test(`a plugin whose document says ${logLevel ?? "nothing"} of its log writes ${levels}`, async () => {
    const steps = [0, 1, 2, 3, 4].map((level): Step => ["proxy_log", level, "line"]);
    const plugin = await compilePlugin(filterModule(scripted({ proxy_on_request_headers: { steps } })));
    const services = testServices();
    const host = createLocalHost(services);
    const startable = { plugin, name: "acme/filter", version: "1.0.0", config: "{}", grants: plugin.capabilities };
    const noKeys = { get: () => undefined, onFetched() {}, missed() {}, copies: () => [] };
    await (await host.start({ ...startable, logLevel }, noKeys)).commit();
    host.slot("acme/filter")?.current?.onRequest(testExchange());
    assert.equal(services.lines.map(({ level }) => level).join(), levels);
  });
}
