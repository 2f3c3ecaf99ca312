/** What `npm run bench -- NAME` hands to every bench. */
export interface BenchOptions {
  /** A run of seconds instead of minutes, for CI: shows that the bench works, not how fast the machine is. */
  readonly quick: boolean;
  /** What followed the name, as it was written; each bench knows its own options. */
  readonly args: readonly string[];
}

/** A bench: it prints a table for people, and as its last line one JSON object for programs. */
export interface Bench {
  /** What it measures and its options, as `--help` prints them. */
  readonly help: string;
  /** @throws Error with a message for people when it cannot measure. */
  run(options: BenchOptions): Promise<void>;
}
