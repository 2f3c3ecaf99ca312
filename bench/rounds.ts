import { readCpu } from "./cpu.ts";
import { type LoadResult, runLoad } from "./load.ts";
import type { Server } from "./peer/server.ts";
import type { Reading, Triple } from "./triples.ts";

export interface RoundOptions {
  /** What every subject is compared with. */
  readonly reference: Server;
  readonly subjects: readonly Server[];
  readonly rounds: number;
  readonly seconds: number;
  /** Seconds of load before the first reading of each server. */
  readonly warmup: number;
  readonly connections: number;
  readonly loadCpu: number;
  /** Told of every triple as soon as it is there. */
  readonly onTriple: (triple: Triple) => void;
}

/**
 * Measures every subject between two readings of the reference, in another order each round: A-B-A-C-A, where
 * neighbours share the reading between them.
 *
 * @throws Error when a request fails: figures of a server that does not answer right say nothing.
 */
export async function measureRounds(options: RoundOptions): Promise<Triple[]> {
  const { reference, subjects, rounds, warmup, onTriple } = options;
  const triples: Triple[] = [];
  for (const server of [reference, ...subjects]) await measure(server, { ...options, seconds: warmup });
  for (let round = 0; round < rounds; round++) {
    let before = await measure(reference, options);
    for (const subject of rotated(subjects, round)) {
      const reading = await measure(subject, options);
      const after = await measure(reference, options);
      const triple = { subject: subject.name, before, reading, after };
      triples.push(triple);
      onTriple(triple);
      before = after;
    }
  }
  return triples;
}

async function measure(server: Server, { seconds, connections, loadCpu }: RoundOptions): Promise<Reading> {
  const before = readCpu(server.pid);
  const load = await runLoad({ port: server.port, connections, seconds, cpu: loadCpu });
  const after = readCpu(server.pid);
  refuseFailures(server, load);
  const { requests, elapsed } = load;
  return { requests, elapsed, cpu: after.subject - before.subject, foreign: after.foreign - before.foreign };
}

function refuseFailures(server: Server, { failed, requests }: LoadResult): void {
  if (failed === 0 && requests > 0) return;
  throw new Error(`${server.name}: expected only answers with status 200, but ${failed} of ${requests} failed`);
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
