/** `node flood-process.ts PORT CONNECTIONS SECONDS`: asks the hostile route as fast as it answers; prints statuses as JSON. */

import { Caller } from "./caller.ts";

const [port = 0, connections = 1, seconds = 1] = process.argv.slice(2).map(Number);
const statuses: Record<number, number> = {};
const until = performance.now() + seconds * 1_000;

async function flood(caller: Caller): Promise<void> {
  while (performance.now() < until) {
    const status = await caller.ask("GET", "/hostile");
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  caller.close();
}

await Promise.all(Array.from({ length: connections }, () => flood(new Caller(port))));
process.stdout.write(JSON.stringify(statuses));
