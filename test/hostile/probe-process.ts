/**
 * Asks the innocent route again and again, on connections that stay, and says on each message what it saw since the last one.
 * A process of its own, so that nothing else that the run does is taken for a delay of the proxy.
 */

import { Caller } from "./caller.ts";

const [port = 0] = process.argv.slice(2).map(Number);

/** Connections, enough for the system to spread them evenly, and milliseconds between two requests on each. */
const CALLERS = 80;
const PERIOD = 200;

let latencies: number[] = [];
let failures = 0;

async function probe(caller: Caller): Promise<void> {
  const began = performance.now();
  const status = await caller.ask("GET", "/innocent");
  latencies.push(performance.now() - began);
  if (status !== 200) failures += 1;
}

for (let i = 0; i < CALLERS; i += 1) {
  const caller = new Caller(port);
  setTimeout(() => setInterval(() => void (caller.busy || probe(caller)), PERIOD), (i * PERIOD) / CALLERS);
}

process.on("message", () => {
  process.send?.({ latencies, failures });
  latencies = [];
  failures = 0;
});
process.on("disconnect", () => process.exit(0));
