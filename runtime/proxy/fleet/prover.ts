import { HeddleError } from "../../errors.ts";
import { type Member, WorkerGone } from "./member.ts";
import type { StartAsk } from "./messages.ts";

/** How long a plugin may take to start, in milliseconds. */
const PATIENCE = 3_000;
/** How long the thread is kept for the next plugin. */
const REST = 2_000;

/** Starts plugins in a thread that serves nobody, so that one that never comes back costs no request. */
export class Prover {
  readonly #spawn: () => Member;
  readonly #patience: number;
  #member: Member | undefined = undefined;
  #turn: Promise<void> = Promise.resolve();
  #proofs = 0;
  #rest: NodeJS.Timeout | undefined = undefined;

  /** @param spawn makes a thread that is in nobody's charge */
  constructor(spawn: () => Member, patience: number = PATIENCE) {
    this.#spawn = spawn;
    this.#patience = patience;
  }

  /**
   * One after another: what never comes back takes nobody with it.
   *
   * @returns units of fuel that a start burns
   * @throws as the plugin's start; START_FAILED when it does not end
   */
  prove(ask: StartAsk): Promise<number | undefined> {
    clearTimeout(this.#rest);
    this.#proofs += 1;
    const proof = this.#turn.then(() => this.#start(ask));
    this.#turn = proof.then(
      () => {},
      () => {},
    );
    return proof;
  }

  async #start(ask: StartAsk): Promise<number | undefined> {
    const member = this.#current();
    let late: NodeJS.Timeout | undefined;
    try {
      await member.ready;
      late = setTimeout(() => void member.terminate(), this.#patience);
      const fuel = await member.ask("start", ask);
      await member.ask("discard", { ticket: ask.ticket });
      return fuel;
    } catch (error) {
      throw error instanceof WorkerGone ? notStarted(ask, this.#patience) : error;
    } finally {
      clearTimeout(late);
      this.#proofs -= 1;
      if (this.#proofs === 0) this.#rest = setTimeout(() => void this.close(), REST).unref();
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#rest);
    await this.#member?.terminate();
    this.#member = undefined;
  }

  #current(): Member {
    if (this.#member === undefined || this.#member.state === "gone") this.#member = this.#spawn();
    return this.#member;
  }
}

function notStarted({ plugin }: StartAsk, patience: number): HeddleError {
  return new HeddleError("START_FAILED", `expected the plugin to start within ${patience} ms, but it did not`, {
    where: plugin.name,
  });
}
