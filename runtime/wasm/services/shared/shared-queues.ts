import type { QueueListener, Queues } from "../queues.ts";
import { LockedShelves, type Opened } from "./locked-shelves.ts";
import { shelfKey } from "./shelf.ts";
import * as at from "./shelf-layout.ts";

/** Tells other threads, and hears from them, that a queue holds something. */
export interface QueueBell {
  /** @param thread whose listener is to be told */
  ring(thread: number, scope: string, name: string): void;
  onRing(heard: (thread: number, scope: string, name: string) => void): void;
}

export interface SharedQueuesOptions {
  /** Positive, this thread's own. */
  readonly owner: number;
  /** What `allocateShelf` made for a scope; the same memory in every thread. Undefined for a scope without queues. */
  readonly memoryOf: (scope: string) => SharedArrayBuffer | undefined;
  readonly bell: QueueBell;
}

/** Queues that threads share. What a thread was putting in when it was ended is lost, with all that its scope holds. */
export function createSharedQueues(options: SharedQueuesOptions): Queues {
  return new SharedQueues(options);
}

/** What a shelf says of a queue: numbers of the first item and of the one after the last, and who listens. */
interface Ends {
  head: number;
  tail: number;
  thread: number;
}

interface Known {
  readonly scope: string;
  readonly name: string;
  listener: { readonly owner: object; readonly tell: QueueListener } | undefined;
}

const FOREVER = Number.POSITIVE_INFINITY;
/** Of a scope. */
const MOST_QUEUES = 256;

class SharedQueues implements Queues {
  readonly #owner: number;
  readonly #shelves: LockedShelves;
  readonly #bell: QueueBell;
  readonly #known: Known[] = [];
  readonly #numbers = new Map<string, number>();

  constructor({ owner, memoryOf, bell }: SharedQueuesOptions) {
    this.#owner = owner;
    this.#shelves = new LockedShelves(owner, memoryOf);
    this.#bell = bell;
    bell.onRing((thread, scope, name) => {
      if (thread === owner) this.#tell(this.#numbers.get(keyOf(scope, name)));
    });
  }

  register(scope: string, name: string): number | undefined {
    const made = this.#shelves.locked(scope, (opened) => {
      if (endsOf(opened, name) !== undefined) return true;
      if (this.#known.filter((each) => each.scope === scope).length >= MOST_QUEUES) return false;
      return hasRoom(opened, endsName(name), 0) && put(opened, name, { head: 0, tail: 0, thread: 0 });
    });
    return made ? this.#numberOf(scope, name) : undefined;
  }

  resolve(scope: string, name: string): number | undefined {
    const there = this.#shelves.locked(scope, (opened) => endsOf(opened, name) !== undefined);
    return there ? this.#numberOf(scope, name) : undefined;
  }

  listen(queue: number, owner: object, tell: QueueListener): void {
    const known = this.#known[queue - 1];
    if (known === undefined) return;
    known.listener = { owner, tell };
    this.#change(known, (ends) => {
      ends.thread = this.#owner;
    });
    // What nobody was told of, since whoever listened is gone.
    setImmediate(() => this.#tell(queue));
  }

  leave(owner: object): void {
    for (const known of this.#known) {
      if (known.listener?.owner !== owner) continue;
      known.listener = undefined;
      this.#change(known, (ends) => {
        if (ends.thread === this.#owner) ends.thread = 0;
      });
    }
  }

  enqueue(queue: number, bytes: Uint8Array): "done" | "unknown" | "full" {
    const known = this.#known[queue - 1];
    if (known === undefined) return "unknown";
    const { scope, name } = known;
    const thread = this.#shelves.locked(scope, (opened) => {
      const ends = endsOf(opened, name);
      if (ends === undefined) return undefined;
      const item = itemName(ends.tail, name);
      if (!hasRoom(opened, item, bytes.length)) return "full";
      opened.shelf.add(shelfKey(opened.layout, item), bytes, FOREVER);
      ends.tail += 1;
      put(opened, name, ends);
      return ends.thread;
    });
    if (thread === undefined) return "unknown";
    if (thread === "full") return "full";
    if (thread === this.#owner) setImmediate(() => this.#tell(queue));
    else if (thread !== 0) this.#bell.ring(thread, scope, name);
    return "done";
  }

  dequeue(queue: number): Uint8Array | "empty" | undefined {
    const known = this.#known[queue - 1];
    if (known === undefined) return undefined;
    return this.#shelves.locked(known.scope, (opened) => {
      const ends = endsOf(opened, known.name);
      if (ends === undefined) return undefined;
      if (ends.head === ends.tail) return "empty";
      const entry = opened.shelf.find(shelfKey(opened.layout, itemName(ends.head, known.name)), 0);
      const bytes = opened.shelf.value(entry);
      opened.shelf.remove(entry);
      ends.head += 1;
      put(opened, known.name, ends);
      return bytes;
    });
  }

  #tell(queue: number | undefined): void {
    const known = queue === undefined ? undefined : this.#known[queue - 1];
    if (known?.listener === undefined) return;
    const ends = this.#shelves.locked(known.scope, (opened) => endsOf(opened, known.name));
    if (ends !== undefined && ends.head !== ends.tail) known.listener.tell(queue as number);
  }

  #change({ scope, name }: Known, change: (ends: Ends) => void): void {
    this.#shelves.locked(scope, (opened) => {
      const ends = endsOf(opened, name);
      if (ends === undefined) return;
      change(ends);
      put(opened, name, ends);
    });
  }

  #numberOf(scope: string, name: string): number {
    const key = keyOf(scope, name);
    const number = this.#numbers.get(key) ?? this.#known.push({ scope, name, listener: undefined });
    this.#numbers.set(key, number);
    return number;
  }
}

function keyOf(scope: string, name: string): string {
  return JSON.stringify([scope, name]);
}

/** Names of queues and items never meet: the number stands first. */
function itemName(number: number, queue: string): string {
  return `${number} ${queue}`;
}

function endsName(queue: string): string {
  return `- ${queue}`;
}

function endsOf({ layout, shelf }: Opened, queue: string): Ends | undefined {
  const entry = shelf.find(shelfKey(layout, endsName(queue)), 0);
  if (entry === 0) return undefined;
  const { buffer, byteOffset, byteLength } = shelf.value(entry);
  const view = new DataView(buffer, byteOffset, byteLength);
  return { head: view.getFloat64(0), tail: view.getFloat64(8), thread: view.getUint32(16) };
}

/** Takes the place of what was said before. */
function put({ layout, shelf }: Opened, queue: string, { head, tail, thread }: Ends): true {
  const key = shelfKey(layout, endsName(queue));
  const entry = shelf.find(key, 0);
  if (entry !== 0) shelf.remove(entry);
  const bytes = new Uint8Array(ENDS_SIZE);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, head);
  view.setFloat64(8, tail);
  view.setUint32(16, thread);
  shelf.add(key, bytes, FOREVER);
  return true;
}

const ENDS_SIZE = 20;

/**
 * A shelf that is full would give up what was written longest ago: a queue is none that forgets.
 *
 * @param name as the shelf has it
 */
function hasRoom({ layout: { words, maxEntries, maxBytes } }: Opened, name: string, size: number): boolean {
  const needed = Buffer.byteLength(name, "utf16le") + size + ENDS_SIZE;
  return (words[at.COUNT] as number) + 1 < maxEntries && (words[at.BYTES] as number) + needed <= maxBytes;
}
