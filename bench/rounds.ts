import { readCpu } from "./cpu.ts";
import { type LoadResult, runLoad } from "./load.ts";
import type { Server } from "./peer/server.ts";
import type { Pinning } from "./pinned.ts";
import type { Reading, Triple } from "./triples.ts";

export interface RoundOptions {
  /** What every subject is compared with. */
  readonly reference: Server;
  readonly subjects: readonly Server[];
  readonly rounds: number;
  readonly seconds: number;
  /** Seconds of load at most before the first reading of each server; less where `ENOUGH` requests take less. */
  readonly warmup: number;
  readonly connections: number;
  readonly loadCpu: Pinning;
  readonly tls: boolean;
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
  const { reference, subjects, rounds, onTriple } = options;
  const triples: Triple[] = [];
  for (const server of [reference, ...subjects]) await warm(server, options);
  for (let round = 0; round < rounds; round++) {
    let before = await measure(reference, options);
    for (const subject of rotated(subjects, round)) {
      const reading = await measure(subject, options);
      const after = await measure(reference, options);
      const triple = { subject: subject.name, round, before, reading, after };
      triples.push(triple);
      onTriple(triple);
      before = after;
    }
  }
  return triples;
}

/** Node reaches its pace only after some 50,000 requests. */
const ENOUGH = 60_000;

async function warm(server: Server, options: RoundOptions): Promise<void> {
  let requests = 0;
  for (let spent = 0; spent < options.warmup && requests < ENOUGH; spent += 2) {
    requests += (await measure(server, { ...options, seconds: 2 })).requests;
  }
}

async function measure(server: Server, { seconds, connections, loadCpu, tls }: RoundOptions): Promise<Reading> {
  const before = readCpu(server.pid);
  const load = await runLoad({ port: server.port, connections, seconds, cpu: loadCpu, tls });
  const after = readCpu(server.pid);
  refuseFailures(server, load);
  const { requests, elapsed } = load;
  const cpu = { cpu: after.subject - before.subject, system: after.system - before.system };
  return { requests, elapsed, ...cpu, foreign: after.foreign - before.foreign };
}

function refuseFailures(server: Server, { failed, requests }: LoadResult): void {
  if (failed === 0 && requests > 0) return;
  throw new Error(`${server.name}: expected only answers with status 200, but ${failed} of ${requests} failed`);
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
