import type { Clock } from "../../telemetry/clock.ts";
import type { HealthEvent, Quarantine } from "../../wasm/health/quarantine.ts";
import type { Member } from "./member.ts";
import type { Isolation, Served } from "./served.ts";

export interface QuarantinesOptions {
  /** By the plugin's name. */
  readonly served: Map<string, Served>;
  /** Threads that have been given anything. */
  readonly hearing: () => readonly Member[];
  readonly clock: Clock;
  /** Told what became of a plugin in all threads together. */
  readonly report: (plugin: string, event: HealthEvent) => void;
}

/** So often within so many milliseconds may a plugin keep threads from coming back. */
const BLAMES = 3;
const BLAME_WINDOW = 60_000;
/** A trial may cost another thread, so it is made as late as any, in milliseconds. */
const STUCK_WAIT = 60_000;

/**
 * Quarantine in a fleet. A thread counts faults for itself and acts at once; what it has decided holds in all threads. The
 * main thread itself decides about plugins that keep threads from coming back.
 */
export class Quarantines {
  readonly #options: QuarantinesOptions;

  constructor(options: QuarantinesOptions) {
    this.#options = options;
  }

  /** A thread has decided about a generation. */
  heard(member: Member, ticket: number, event: HealthEvent): void {
    const served = this.#servedBy(ticket);
    if (served === undefined) return;
    if (event.kind === "quarantined") this.#isolate(served, event.quarantine, member);
    else this.#release(served, member);
  }

  /** A thread did not come back from the plugin. True: that was once too often. */
  blame(name: string): boolean {
    const served = this.#options.served.get(name);
    if (served === undefined) return false;
    const now = this.#options.clock.monotonic();
    served.blames = [...served.blames.filter((at) => now - at < BLAME_WINDOW), now];
    const { isolation } = served;
    // On trial once is enough.
    if (served.blames.length < BLAMES && isolation?.quarantine.code !== "PLUGIN_STUCK") return false;
    this.#isolate(served, {
      version: served.plugin.version,
      code: "PLUGIN_STUCK",
      detail: `threads did not come back from it`,
      wait: STUCK_WAIT,
      level: (isolation?.quarantine.level ?? 0) + 1,
      since: this.#options.clock.now(),
    });
    return true;
  }

  /** The member has ended. */
  left(member: Member): void {
    for (const { isolation } of this.#options.served.values()) isolation?.members.delete(member);
  }

  /** What a thread that has been given a generation only now must know of it. */
  async joined(member: Member, served: Served): Promise<void> {
    const { isolation } = served;
    if (isolation === undefined) return;
    const wait = isolation.until - this.#options.clock.monotonic();
    if (wait > 0) {
      isolation.members.add(member);
      await member.ask("isolate", { ticket: served.ticket, quarantine: { ...isolation.quarantine, wait } });
    } else if (isolation.members.size === 0) this.#release(served, member);
  }

  #isolate(served: Served, quarantine: Quarantine, told?: Member): void {
    const { ticket, plugin, previous } = served;
    const members = this.#options.hearing();
    for (const member of members) {
      if (member !== told) void member.inTurn(() => member.ask("isolate", { ticket, quarantine })).catch(ignore);
    }
    const reverted = previous !== undefined;
    if (previous !== undefined) {
      previous.reverted = quarantine;
      this.#options.served.set(plugin.name, previous);
    } else {
      const until = this.#options.clock.monotonic() + quarantine.wait;
      const isolation: Isolation = { quarantine, until, members: new Set(members) };
      served.isolation = isolation;
    }
    this.#tell(served, { kind: "quarantined", quarantine, reverted });
  }

  #release(served: Served, member: Member): void {
    const { isolation } = served;
    if (isolation === undefined) return;
    isolation.members.delete(member);
    if (isolation.members.size > 0) return;
    served.isolation = undefined;
    this.#tell(served, { kind: "released" });
  }

  #tell(served: Served, event: HealthEvent): void {
    this.#options.report(served.plugin.name, event);
    served.observe(event);
  }

  #servedBy(ticket: number): Served | undefined {
    return [...this.#options.served.values()].find((served) => served.ticket === ticket);
  }
}

/** The member ended: the next one is told when it joins. */
function ignore(): void {}
