import assert from "node:assert/strict";
import { test } from "node:test";
import { createGeneration } from "../../runtime/wasm/generation.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import { guest } from "./guests.ts";
import { testExchange, testServices } from "./surroundings.ts";

test("the marker hears when a plugin's code begins and ends, even in a trap", async () => {
  const heard: string[] = [];
  const marker = {
    handle: (plugin: string) => (plugin === "probe" ? 7 : 0),
    enter: (handle: number) => void heard.push(`enter ${handle}`),
    leave: () => void heard.push("leave"),
  };
  const { component } = await guest("probe");
  const plugin = await compilePlugin(component);
  const services = testServices({ marker });
  const options = { plugin, name: "probe", version: "1.0.0", config: "{}", grants: plugin.capabilities, services };
  const generation = await createGeneration(options);
  assert.deepEqual(heard, ["enter 7", "leave", "enter 7", "leave"], "both instances were started under the mark");
  heard.length = 0;
  generation.onRequest(testExchange());
  generation.onRequest(testExchange([["op", "assert"]]));
  generation.onResponse(testExchange());
  assert.deepEqual(heard, ["enter 7", "leave", "enter 7", "leave"], "a hook that it does not have runs nothing");
});
