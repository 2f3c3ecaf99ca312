/** The process that hostile modules are let loose in: a backend, and a proxy of two workers with an innocent route beside. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Snapshot } from "../../runtime/config/snapshot.ts";
import { isHeddleError, messageOf } from "../../runtime/errors.ts";
import { createFleet, type Fleet } from "../../runtime/proxy/fleet/fleet.ts";
import { silentLogger } from "../../runtime/telemetry/silent-logger.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import { LISTENER, plugin, rule, snapshot } from "../proxy/fixture.ts";
import { noKeySets } from "../proxy/fleet/spinner.ts";
import type { ArenaAnswer, ArenaAsks, ArenaKind, ArenaMessage, ArenaView, Started } from "./messages.ts";
import { stormOf } from "./storm.ts";

const NAME = "hostile";
const BODY = "x".repeat(1_000);

let version = 0;
let generation = 1;

function snapshotFor(backend: number, failurePolicy: "closed" | "open"): Snapshot {
  generation += 1;
  return snapshot({
    clusters: { "test/app:80": [backend] },
    rules: [rule({ name: "test/innocent/0", path: "/innocent" }), rule({ path: "/hostile", plugins: [NAME] })],
    plugins: [plugin(NAME, { failurePolicy })],
    generation,
  });
}

async function serve(fleet: Fleet, bytes: Uint8Array): Promise<Started> {
  const began = performance.now();
  const took = () => performance.now() - began;
  try {
    const compiled = await compilePlugin(bytes);
    version += 1;
    const named = { name: NAME, version: `1.0.${version}`, config: "{}", grants: compiled.capabilities };
    const started = await fleet.host.start({ plugin: compiled, ...named }, noKeySets());
    await started.commit();
    return { refused: undefined, message: "", took: took() };
  } catch (error) {
    fleet.host.retire(NAME);
    return { refused: isHeddleError(error) ? error.code : "UNEXPECTED", message: messageOf(error), took: took() };
  }
}

function viewOf(fleet: Fleet): ArenaView {
  const metrics = fleet.metrics();
  const faults = metrics.matchAll(/^heddle_plugin_faults_total\{plugin="hostile",code="([^"]+)"\} (\d+)$/gm);
  const restarts = metrics.matchAll(/^heddle_worker_restarts_total\{.*\} (\d+)$/gm);
  return {
    faults: Object.fromEntries([...faults].map(([, code = "", count]) => [code, Number(count)])),
    restarts: [...restarts].reduce((sum, [, count]) => sum + Number(count), 0),
    resident: process.memoryUsage.rss(),
  };
}

const backend = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.end(BODY));
});
await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
const backendPort = (backend.address() as AddressInfo).port;
const fleet = await createFleet({
  ...{ workers: 2, logger: silentLogger, admin: { port: 0 } },
  accessLog: { write() {} },
});
let policy: "closed" | "open" = "closed";
await fleet.apply(snapshotFor(backendPort, policy));

const tasks: { [Kind in ArenaKind]: (ask: ArenaAsks[Kind]["ask"]) => Promise<ArenaAsks[Kind]["answer"]> } = {
  async serve({ bytes, policy: wanted }) {
    if (wanted !== policy) await fleet.apply(snapshotFor(backendPort, wanted));
    policy = wanted;
    return serve(fleet, bytes);
  },
  async withdraw() {
    fleet.host.retire(NAME);
    return undefined;
  },
  look: async () => viewOf(fleet),
  storm: ({ bytes, seconds }) => stormOf(bytes, seconds),
};

process.on("message", async (message: ArenaMessage) => {
  const task = tasks[message.kind] as (ask: ArenaMessage) => Promise<unknown>;
  const answer: ArenaAnswer = await task(message).then(
    (value) => ({ id: message.id, value }),
    (error: unknown) => ({ id: message.id, error: messageOf(error) }),
  );
  process.send?.(answer);
});
process.on("disconnect", () => process.exit(0));
process.send?.({ id: 0, value: fleet.address(LISTENER).port } satisfies ArenaAnswer);
