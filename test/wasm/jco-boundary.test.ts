import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Capabilities } from "../../runtime/wasm/abi/capabilities.ts";
import { instantiateJco, type JcoExports } from "../../runtime/wasm/abi/jco/instance.ts";

type Write = (level: string, message: string) => void;

test("a hook that answers later is a fault, cannot act later, and its rejection ends nothing", async () => {
  const written: string[] = [];
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  const host = { log: { write: (_: string, message: string) => void written.push(message), fault() {} } };
  const start = (imports: object): JcoExports => {
    const { write } = (imports as Record<string, { write: Write }>)["heddle:policy/log"] as { write: Write };
    const onRequest = async (): Promise<number> => {
      write("info", "during the hook");
      await turn();
      write("info", "after the hook");
      return 0;
    };
    return { "heddle:policy/on-request@0.2.0": { onRequest } };
  };
  const instance = instantiateJco(
    start,
    { contract: "0.2.0", capabilities: ["log"] },
    host as unknown as Capabilities,
    0,
  );
  assert.throws(() => instance.onRequest(1), /answered later/);
  for (let turns = 0; turns < 5; turns++) await turn();
  process.off("unhandledRejection", note);
  assert.deepEqual(written, ["during the hook"]);
  assert.deepEqual(unhandled, []);
});
