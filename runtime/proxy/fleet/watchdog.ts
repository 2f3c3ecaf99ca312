import type { Member } from "./member.ts";
import { isStart, markOf } from "./pulse.ts";
import type { ThreadTime } from "./thread-time.ts";

/** What is wrong with a thread. @param plugin in which it is; undefined outside of any */
export type OnStuck<Thread> = (member: Thread, plugin: string | undefined, silent: number) => void;

/** Between two looks, in milliseconds; a later one is not held against the threads. */
export const LOOK = 40;
/** How long a thread may be in one hook; with a look before and after, it is found within 250 ms. */
const HOOK_LEASH = 160;
/** What of that it must have had a processor for: a machine that is busy elsewhere is no plugin's fault. */
const HOOK_TIME = 80;
/**
 * How long a thread may be silent without being in a hook, or while it starts a plugin; as it serves and before. What it
 * waited for a processor does not count.
 */
const LEASH = 1_000;
const STARTING_LEASH = 10_000;

interface Sight {
  beats: number;
  /** When another beat was seen. */
  beatSince: number;
  beatTime: ThreadTime | undefined;
  hook: number;
  hookSince: number;
  /** When the hook was seen first. */
  hookTime: ThreadTime | undefined;
}

/** A thread as the watchdog sees it. */
export type Watched = Pick<Member, "state" | "verdict" | "pulse" | "time" | "pluginOf">;

/** Looks after threads by their pulse; none of them is asked anything. */
export class Watchdog<Thread extends Watched = Member> {
  readonly #onStuck: OnStuck<Thread>;
  readonly #members: ReadonlySet<Thread>;
  readonly #sights = new WeakMap<Thread, Sight>();
  #looked = Number.NaN;

  constructor(members: ReadonlySet<Thread>, onStuck: OnStuck<Thread>) {
    this.#members = members;
    this.#onStuck = onStuck;
  }

  /** Wants to be called every `LOOK` ms. @param now monotonic milliseconds */
  look(now: number): void {
    // While this thread was busy itself, nobody looked.
    const late = Math.max(0, now - this.#looked - LOOK) || 0;
    this.#looked = now;
    for (const member of this.#members) {
      if (member.state !== "joining" && member.state !== "live") continue;
      if (member.verdict !== undefined) continue;
      const sight = this.#sightOf(member, now);
      sight.beatSince += late;
      sight.hookSince += late;
      this.#judge(member, sight, now);
    }
  }

  #judge(member: Thread, sight: Sight, now: number): void {
    const { beats, hook } = member.pulse;
    const beating = beats !== sight.beats;
    if (beating) {
      sight.beats = beats;
      sight.beatSince = now;
      sight.beatTime = member.time();
    }
    if (beating || hook !== sight.hook) {
      sight.hook = hook;
      sight.hookSince = now;
      sight.hookTime = hook === 0 ? undefined : beating ? sight.beatTime : member.time();
    } else if (hook !== 0 && !isStart(hook) && now - sight.hookSince >= HOOK_LEASH && this.#hasRun(member, sight)) {
      this.#onStuck(member, member.pluginOf(markOf(hook)), now - sight.hookSince);
    }
    const leash = member.state === "live" ? LEASH : STARTING_LEASH;
    if (now - sight.beatSince < leash || now - sight.beatSince - this.#waited(member, sight) < leash) return;
    this.#onStuck(member, hook === 0 ? undefined : member.pluginOf(markOf(hook)), now - sight.beatSince);
  }

  #sightOf(member: Thread, now: number): Sight {
    const known = this.#sights.get(member);
    if (known !== undefined) return known;
    const sight = {
      ...{ beats: 0, beatSince: now, beatTime: member.time() },
      ...{ hook: 0, hookSince: now, hookTime: undefined },
    };
    this.#sights.set(member, sight);
    return sight;
  }

  #hasRun(member: Watched, { hookTime }: Sight): boolean {
    const time = member.time();
    return time === undefined || hookTime === undefined || time.ran - hookTime.ran >= HOOK_TIME;
  }

  /** Since its last beat. */
  #waited(member: Watched, { beatTime }: Sight): number {
    const time = member.time();
    return time === undefined || beatTime === undefined ? 0 : time.waited - beatTime.waited;
  }
}
