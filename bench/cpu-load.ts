import { readCpu } from "./cpu.ts";
import { type LoadOptions, type LoadResult, runLoad } from "./load.ts";
import { refuseLostLines } from "./lost-lines.ts";
import type { Server } from "./peer/server.ts";
import type { Reading } from "./triples.ts";

export type Load = Omit<LoadOptions, "port" | "seconds">;

/** V8 goes on compiling for some seconds of load. */
const ENOUGH = 300_000;

/** Loads a server until it has had enough requests, for `seconds` at most. */
export async function warm(server: Server, load: Load, seconds: number): Promise<void> {
  let requests = 0;
  for (let spent = 0; spent < seconds && requests < ENOUGH; spent += 2) {
    requests += (await measureCpu(server, load, 2)).requests;
  }
}

/**
 * A closed loop, and what it cost the server.
 *
 * @throws Error when a request fails, or a line of the access log is lost: figures of a server that does not do all that
 * it should say nothing.
 */
export async function measureCpu(server: Server, load: Load, seconds: number): Promise<Reading> {
  const before = readCpu(server.pid);
  const result = await runLoad({ ...load, port: server.port, seconds });
  const after = readCpu(server.pid);
  refuseFailures(server, result);
  await refuseLostLines(server, result.requests);
  const { requests, elapsed } = result;
  const cpu = { cpu: after.subject - before.subject, system: after.system - before.system };
  return { requests, elapsed, ...cpu, foreign: after.foreign - before.foreign };
}

function refuseFailures(server: Server, { failed, requests }: LoadResult): void {
  if (failed === 0 && requests > 0) return;
  throw new Error(`${server.name}: expected only answers with status 200, but ${failed} of ${requests} failed`);
}
