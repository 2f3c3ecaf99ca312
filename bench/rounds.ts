import type { Server } from "./peer/server.ts";
import type { Run, Triple } from "./triples.ts";

export interface RoundOptions<R extends Run> {
  /** What every subject is compared with. */
  readonly reference: Server;
  readonly subjects: readonly Server[];
  readonly rounds: number;
  measure(server: Server): Promise<R>;
  /** Told of every triple as soon as it is there. */
  readonly onTriple: (triple: Triple<R>) => void;
}

/**
 * Measures every subject between two readings of the reference, in another order each round: A-B-A-C-A, where
 * neighbours share the reading between them.
 */
export async function measureRounds<R extends Run>(options: RoundOptions<R>): Promise<Triple<R>[]> {
  const { reference, subjects, rounds, measure, onTriple } = options;
  const triples: Triple<R>[] = [];
  for (let round = 0; round < rounds; round++) {
    let before = await measure(reference);
    for (const subject of rotated(subjects, round)) {
      const reading = await measure(subject);
      const after = await measure(reference);
      const triple = { subject: subject.name, round, before, reading, after };
      triples.push(triple);
      onTriple(triple);
      before = after;
    }
  }
  return triples;
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
