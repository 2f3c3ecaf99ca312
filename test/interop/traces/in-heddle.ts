import type { TestContext } from "node:test";
import { guestTargets } from "../../../runtime/proxy/guest-targets.ts";
import type { GuestCalls } from "../../../runtime/wasm/guest-calls.ts";
import { createSlot, type Slot } from "../../../runtime/wasm/slot.ts";
import { backend, plugin, rule, snapshot, start } from "../../proxy/fixture.ts";
import { trusting } from "../../proxy/secure-upstream.ts";
import { startFilter } from "../../wasm/proxy-wasm/filters.ts";
import { isOfFilter, readable, type Scene, type Trace } from "./scene.ts";
import { type Stage, shoot } from "./stage.ts";

/** Whatever a busy machine would measure. */
const FUEL_PER_MILLI = 10_000_000;

/** What a scene looks like in a proxy of ours. */
export async function inHeddle(t: TestContext, scene: Scene, { ports, authority, certificate }: Stage): Promise<Trace> {
  const { filters, config = "", vmConfig, stopIteration, secure = false, shots = [{}], last } = scene;
  let calls: GuestCalls | undefined;
  const slots = new Map<string, Slot>();
  const sources: { readonly lines: readonly { readonly message: string }[] }[] = [];
  for (const [at, filter] of filters.entries()) {
    const name = `test/filter${at}`;
    const { generation, services } = await startFilter(filter, {
      fuelPerMilli: FUEL_PER_MILLI,
      ...{ name, config: JSON.stringify(config), backends: ["test/auth:80"] },
      proxyWasm: { vmConfig, allowOnHeadersStopIteration: stopIteration },
      services: {
        every(period, run) {
          const timer = setInterval(run, period);
          return () => clearInterval(timer);
        },
        targets: guestTargets,
        calls: {
          knows: (backend) => (calls as GuestCalls).knows(backend),
          send: (call, done) => (calls as GuestCalls).send(call, done),
        },
      },
    });
    const slot = createSlot(name);
    slot.swap(generation);
    slots.set(name, slot);
    sources.push(services);
    t.after(() => slot.close());
  }
  const names = [...slots.keys()];
  const given = snapshot({
    rules: [rule({ plugins: names, backends: [backend(secure ? "test/safe:80" : "test/app:80")] })],
    plugins: names.map((name) => plugin(name)),
    ...(secure
      ? { clusters: { "test/safe:80": [ports.safe] }, tls: trusting(authority, "safe.test") }
      : { clusters: { "test/app:80": [ports.app], "test/auth:80": [ports.auth] } }),
  });
  const own = { name: "test/shop", ...certificate, hosts: ["shop.test"], notAfter: Number.POSITIVE_INFINITY };
  const listeners = given.listeners.map((one) => ({ ...one, tls: secure ? { certificates: [own] } : undefined }));
  const running = await start(t, { ...given, listeners }, { slots: (name) => slots.get(name) });
  calls = running.proxy.calls;
  const all = () =>
    sources.map(({ lines }) =>
      lines
        .map(({ message }) => message)
        .filter(isOfFilter)
        .map(readable),
    );
  const until = async (holds: (lines: readonly (readonly string[])[]) => boolean) => {
    while (!holds(all())) await new Promise((resolve) => setImmediate(resolve));
  };
  const answers: string[] = [];
  for (const [at, shot] of shots.entries()) {
    answers.push(await shoot(running.port, scene, shot, until));
    await running.log(at + 1);
  }
  await until((lines) => last === undefined || lines.flat().includes(last));
  return { answers, lines: all() };
}
