import { HeddleError } from "../../errors.ts";
import { type Clock, systemClock } from "../../telemetry/clock.ts";
import type { HealthEvent } from "../../wasm/health/quarantine.ts";
import { fuelPerMilli } from "../../wasm/meter/fuel-rate.ts";
import type { PluginHost, StartablePlugin, StartedPlugin } from "../../wasm/plugin-host.ts";
import type { KeySetSource } from "../../wasm/services/key-sets.ts";
import type { RunningPlugin } from "../plugin-view.ts";
import { type Member, WorkerGone } from "./member.ts";
import type { PluginCounts, StartAsk, WorkerView } from "./messages.ts";
import { PluginMemories } from "./plugin-memory.ts";
import { Quarantines } from "./quarantines.ts";
import { type Served, ticketsOf } from "./served.ts";

export interface FleetHostOptions {
  readonly members: ReadonlySet<Member>;
  /**
   * Starts a plugin where that costs no request, and tells what fuel that burns. Rejects with the reason when it cannot be
   * started.
   */
  readonly prove: (ask: StartAsk) => Promise<number | undefined>;
  /** A member that came later could not start what the others run. */
  readonly refused: (member: Member, plugin: string, error: unknown) => void;
  /** What became of a plugin, in all threads together. */
  readonly health: (plugin: string, event: HealthEvent) => void;
  readonly clock?: Clock;
}

/** Runs plugins in every thread of a fleet: started in all of them before the first one serves. */
export class FleetHost implements PluginHost {
  readonly #members: ReadonlySet<Member>;
  readonly #prove: FleetHostOptions["prove"];
  readonly #refused: FleetHostOptions["refused"];
  readonly #served = new Map<string, Served>();
  /** By ticket; those that start and those that serve. */
  readonly #keySets = new Map<number, KeySetSource>();
  /** Names of plugins that are being started. */
  readonly #starting = new Map<string, number>();
  readonly #memories = new PluginMemories();
  readonly #quarantines: Quarantines;
  #tickets = 0;

  constructor({ members, prove, refused, health, clock = systemClock }: FleetHostOptions) {
    this.#quarantines = new Quarantines({
      ...{ served: this.#served, clock, report: health },
      hearing: () => this.#hearing(),
    });
    this.#members = members;
    this.#prove = prove;
    this.#refused = refused;
  }

  async start(
    plugin: StartablePlugin,
    keySets: KeySetSource,
    observe: (event: HealthEvent) => void = ignore,
  ): Promise<StartedPlugin> {
    const memory = this.#memories.of(plugin);
    const metered = { ...plugin, fuelPerMilli: plugin.fuelPerMilli ?? fuelPerMilli() };
    const served: Served = {
      ...{ ticket: ++this.#tickets, plugin: metered, keySets, memory, observe },
      ...{ startFuel: undefined, previous: undefined, isolation: undefined, reverted: undefined, blames: [] },
    };
    const { ticket } = served;
    this.#keySets.set(ticket, keySets);
    keySets.onFetched(() => this.#refresh(served));
    const warm = new Set<Member>();
    try {
      await this.#startIn(warm, served);
    } catch (error) {
      this.#discard(warm, ticket);
      throw error;
    }
    return {
      commit: () => this.#commit(warm, served),
      discard: () => this.#discard(warm, ticket),
    };
  }

  retire(name: string): void {
    this.#forget(this.#served.get(name));
    this.#served.delete(name);
    this.#withdraw(name);
  }

  /** The member has ended. */
  left(member: Member): void {
    this.#memories.recover(member.id);
    this.#quarantines.left(member);
  }

  /** Gives a new member what the others have. */
  async join(member: Member): Promise<void> {
    for (const served of this.#served.values()) await this.#bring(member, served);
  }

  /** What serves under a name, with what threads say about it. */
  view(name: string, threads: readonly WorkerView[]): RunningPlugin | undefined {
    const served = this.#served.get(name);
    if (served === undefined) return undefined;
    const told = threads.flatMap(({ plugins }) => plugins.filter((plugin) => plugin.name === name));
    const sum = (count: Exclude<keyof PluginCounts, "name">) =>
      told.reduce((total, plugin) => total + plugin[count], 0);
    const { version, plugin } = served.plugin;
    return {
      current: {
        ...{ version, digest: plugin.digest, hooks: plugin.hooks },
        ...{ traps: sum("traps"), shed: sum("shed"), fuelUsed: sum("fuelUsed"), started: sum("started") },
      },
      retiring: sum("retiring"),
      quarantine: served.isolation?.quarantine ?? served.reverted,
    };
  }

  /** What a thread has decided about a generation. */
  heard(member: Member, ticket: number, event: HealthEvent): void {
    this.#quarantines.heard(member, ticket, event);
  }

  missed(ticket: number, keySet: string): void {
    this.#keySets.get(ticket)?.missed(keySet);
  }

  /** A thread did not come back from the plugin. True: it is quarantined. */
  blame(name: string): boolean {
    // The one that is being started is refused by its start; what serves is not to blame.
    return !this.#starting.has(name) && this.#quarantines.blame(name);
  }

  /** Where it costs no request first, and then in one thread before the others. */
  async #startIn(warm: Set<Member>, served: Served): Promise<void> {
    const { name } = served.plugin;
    served.startFuel = await this.#prove(askOf(served));
    this.#starting.set(name, served.ticket);
    const start = async (member: Member) => {
      await member.inTurn(() => startOne(member, served));
      warm.add(member);
    };
    try {
      const [first, ...others] = this.#living();
      if (first === undefined) throw notStarted(name, "no worker is there");
      await start(first).catch((error) => {
        throw error instanceof WorkerGone ? notStarted(name, "the worker that started it ended") : error;
      });
      const results = await Promise.allSettled(others.map(start));
      const failed = results.find((each) => each.status === "rejected" && !(each.reason instanceof WorkerGone));
      if (failed?.status === "rejected") throw failed.reason;
    } finally {
      this.#starting.delete(name);
    }
  }

  async #commit(warm: ReadonlySet<Member>, served: Served): Promise<void> {
    const { ticket, plugin } = served;
    this.#succeed(served, this.#served.get(plugin.name));
    this.#served.set(plugin.name, served);
    const commits = [...this.#members].map((member) =>
      member.inTurn(async () => {
        if (member.state === "starting" || member.state === "gone") return;
        if (warm.has(member)) await member.ask("commit", { ticket });
        else await this.#bring(member, served);
      }),
    );
    // A member that ended has no say; one that took its place starts with the new generation.
    await Promise.allSettled(commits);
  }

  /** Keeps the healthy one of those before it, where it is wanted. */
  #succeed(served: Served, before: Served | undefined): void {
    if (before === served) return;
    const older = before?.previous;
    if (before !== undefined) before.previous = undefined;
    const kept = before?.isolation === undefined ? before : older;
    const gone = before?.isolation === undefined ? older : before;
    this.#forget(gone);
    if (served.plugin.keepPrevious) served.previous = kept;
    else this.#forget(kept);
  }

  /** Starts in one member what the others run. One that cannot serves without it, by its failure policy. */
  async #bring(member: Member, served: Served): Promise<void> {
    try {
      if (served.previous !== undefined) await this.#bring(member, served.previous);
      await startOne(member, served);
      await member.ask("commit", { ticket: served.ticket });
      await this.#quarantines.joined(member, served);
    } catch (error) {
      if (error instanceof WorkerGone) throw error;
      this.#refused(member, served.plugin.name, error);
    }
  }

  #discard(warm: ReadonlySet<Member>, ticket: number): void {
    this.#keySets.delete(ticket);
    for (const member of warm) void member.inTurn(() => member.ask("discard", { ticket })).catch(ignore);
  }

  #forget(served: Served | undefined): void {
    for (const ticket of ticketsOf(served)) this.#keySets.delete(ticket);
  }

  #withdraw(plugin: string): void {
    for (const member of this.#hearing()) void member.inTurn(() => member.ask("retire", { plugin })).catch(ignore);
  }

  #refresh({ ticket, keySets }: Served): void {
    if (!this.#keySets.has(ticket)) return;
    for (const member of this.#hearing()) void member.ask("keys", { ticket, keySets: keySets.copies() }).catch(ignore);
  }

  /** Those that have been given anything: one that joins may have what is being changed already. */
  #hearing(): Member[] {
    return [...this.#members].filter(({ state }) => state === "joining" || state === "live");
  }

  #living(): Member[] {
    return [...this.#members].filter(({ state }) => state === "live");
  }
}

async function startOne(member: Member, served: Served): Promise<void> {
  await member.ask("start", askOf(served));
}

function askOf({ ticket, plugin, startFuel, keySets, memory }: Served): StartAsk {
  return { ticket, plugin: { ...plugin, startFuel }, keySets: keySets.copies(), memory };
}

function notStarted(name: string, why: string): HeddleError {
  return new HeddleError("START_FAILED", `expected the plugin to start, but ${why}`, { where: name });
}

/** The member ended: the next one is told by `join`. */
function ignore(): void {}
