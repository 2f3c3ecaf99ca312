import type { LookupAddress, LookupAllOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import { forbidden, isForbidden } from "./forbidden-addresses.ts";

/** `lookup` of node:dns, as it is asked here. */
export type AskSystem = (
  name: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

export interface NameCacheOptions {
  readonly ask: AskSystem;
  readonly clock: { monotonic(): number };
}

/** Milliseconds for which an answer counts. The system's resolver does not say how long it may be kept. */
const FRESH = 30_000;
/** And for which it still serves while it is asked for anew. */
const STALE = 60_000;
/** Milliseconds until a name that could not be resolved is tried again. */
const RETRY = 1_000;
const MOST_NAMES = 1_024;
/** Of one name. */
const MOST_ADDRESSES = 32;

/**
 * Resolves the names of endpoints for `net.connect`: one question at a time for each name, whatever number of connections
 * wait; the last good answer stays while there is no other. A name never stands for an address by which machines give
 * away credentials, whoever controls it and whenever it changes: each address is looked at after it was resolved.
 */
export function createNameCache({ ask, clock }: NameCacheOptions): LookupFunction {
  const names = new Map<string, Name>();
  return (hostname, options, done) => {
    const family = options.family === 4 || options.family === 6 ? options.family : 0;
    let name = names.get(hostname);
    if (name === undefined) {
      name = new Name(hostname, ask, () => clock.monotonic());
      const [oldest] = names.keys();
      if (names.size >= MOST_NAMES && oldest !== undefined) names.delete(oldest);
      names.set(hostname, name);
    }
    name.resolve((error, found) => {
      const fitting = family === 0 ? found : found.filter((each) => each.family === family);
      const [first] = fitting;
      if (error !== undefined || first === undefined) done(error ?? notFound(hostname), "", 0);
      else if (options.all === true) done(null, [...fitting]);
      else done(null, first.address, first.family);
    });
  };
}

type Resolved = (error: NodeJS.ErrnoException | undefined, found: readonly LookupAddress[]) => void;

class Name {
  readonly #hostname: string;
  readonly #ask: AskSystem;
  readonly #now: () => number;
  #addresses: readonly LookupAddress[] = [];
  #error: NodeJS.ErrnoException | undefined = undefined;
  /** Monotonic milliseconds; until then nobody is asked. */
  #freshUntil = 0;
  #asking = false;
  #waiting: Resolved[] = [];
  /** Connections begin with another address each. */
  #turn = 0;

  constructor(hostname: string, ask: AskSystem, now: () => number) {
    this.#hostname = hostname;
    this.#ask = ask;
    this.#now = now;
  }

  /** @param resolved never told within this call */
  resolve(resolved: Resolved): void {
    const age = this.#now() - this.#freshUntil;
    const known = this.#addresses.length > 0 || this.#error !== undefined;
    const serves = known && age < (this.#addresses.length > 0 ? STALE - FRESH : 0);
    if (serves) process.nextTick(() => this.#tell(resolved));
    else this.#waiting.push(resolved);
    if (!known || age >= 0) this.#refresh();
  }

  #refresh(): void {
    if (this.#asking) return;
    this.#asking = true;
    this.#ask(this.#hostname, { all: true, order: "verbatim" }, (error, found) => {
      this.#asking = false;
      if (error === null) this.#learn(found);
      else this.#error = error;
      this.#freshUntil = this.#now() + (error === null ? FRESH : RETRY);
      for (const resolved of this.#waiting.splice(0)) this.#tell(resolved);
    });
  }

  #learn(found: readonly LookupAddress[]): void {
    this.#addresses = found.filter(({ address }) => !isForbidden(address)).slice(0, MOST_ADDRESSES);
    const isRefused = found.length > 0 && this.#addresses.length === 0;
    this.#error = isRefused
      ? forbidden(`${this.#hostname} stands for link-local addresses or metadata services alone`)
      : undefined;
  }

  #tell(resolved: Resolved): void {
    const all = this.#addresses;
    if (all.length === 0) {
      resolved(this.#error, all);
      return;
    }
    const at = this.#turn++ % all.length;
    resolved(undefined, at === 0 ? all : [...all.slice(at), ...all.slice(0, at)]);
  }
}

function notFound(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no address`), { code: "ENOTFOUND" });
}
