/**
 * `node flood-process.ts PORT CONNECTIONS SECONDS PATIENCE`: asks the hostile route as fast as it answers. Prints as JSON how
 * many answers had which status, and how many took more than so many milliseconds.
 */

import { Caller } from "./caller.ts";

const [port = 0, connections = 1, seconds = 1, patience = 0] = process.argv.slice(2).map(Number);
const statuses: Record<number, number> = {};
let late = 0;
const until = performance.now() + seconds * 1_000;

async function flood(caller: Caller): Promise<void> {
  for (let began = performance.now(); began < until; began = performance.now()) {
    const status = await caller.ask("GET", "/hostile");
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (performance.now() - began > patience) late += 1;
  }
  caller.close();
}

await Promise.all(Array.from({ length: connections }, () => flood(new Caller(port))));
process.stdout.write(JSON.stringify({ statuses, late }));
