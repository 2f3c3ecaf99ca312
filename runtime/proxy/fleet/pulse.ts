import type { HookMarker } from "../../wasm/services.ts";

/** Words of a worker's pulse. */
const BEAT = 0;
const HOOK = 1;
const ACTIVE = 2;
const WORDS = 3;

/** Bits of the hook word that name the plugin; one more says that it starts; the others count hooks, so that two are told apart. */
const MARK_BITS = 10;
const MARKS = 1 << MARK_BITS;
const STARTING = MARKS;
const STEP = 2 * MARKS;

/**
 * Memory in which a worker shows that it is alive and what it does, and the main thread looks without asking. Each word
 * has one writer. Hooks are marked by plain stores: a store before a call into a guest is done before the guest loops,
 * since neither the engine nor the processor holds it back for ever.
 */
export function createPulse(): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * WORDS);
}

/** The worker's side. */
export class PulseWriter implements HookMarker {
  readonly #words: Int32Array;
  readonly #named: (plugin: string, mark: number) => void;
  readonly #marks = new Map<string, number>();
  #hooks = 0;

  /** @param named told once for each plugin by which number the pulse names it */
  constructor(pulse: SharedArrayBuffer, named: (plugin: string, mark: number) => void) {
    this.#words = new Int32Array(pulse);
    this.#named = named;
  }

  /** One mark may stand for several plugins only beyond a thousand of them; the newest is blamed then. */
  handle(plugin: string): number {
    const known = this.#marks.get(plugin);
    if (known !== undefined) return known;
    const mark = 1 + (this.#marks.size % (MARKS - 1));
    this.#marks.set(plugin, mark);
    this.#named(plugin, mark);
    return mark;
  }

  enter(mark: number, starting = false): void {
    this.#hooks = (this.#hooks + STEP) | 0;
    this.#words[HOOK] = this.#hooks | mark | (starting ? STARTING : 0);
  }

  leave(): void {
    this.#words[HOOK] = 0;
  }

  beat(active: number): void {
    Atomics.add(this.#words, BEAT, 1);
    Atomics.store(this.#words, ACTIVE, active);
  }
}

/** The main thread's side. */
export class PulseReader {
  readonly #words: Int32Array;

  constructor(pulse: SharedArrayBuffer) {
    this.#words = new Int32Array(pulse);
  }

  get beats(): number {
    return Atomics.load(this.#words, BEAT);
  }

  /** 0 outside of hooks; another number for every hook that a worker enters. */
  get hook(): number {
    return Atomics.load(this.#words, HOOK);
  }

  /** Exchanges that run, as of the last beat. */
  get active(): number {
    return Atomics.load(this.#words, ACTIVE);
  }
}

/** Whether a hook word is about a plugin that starts. */
export function isStart(hook: number): boolean {
  return (hook & STARTING) !== 0;
}

/** The plugin's number in a hook word. */
export function markOf(hook: number): number {
  return hook & (MARKS - 1);
}
