import { HeddleError } from "../../errors.ts";
import type { PluginHost, StartablePlugin, StartedPlugin } from "../../wasm/plugin-host.ts";
import type { KeySetSource } from "../../wasm/services/key-sets.ts";
import type { RunningPlugin } from "../plugin-view.ts";
import { type Member, WorkerGone } from "./member.ts";
import type { StartAsk, WorkerView } from "./messages.ts";
import { PluginMemories, type PluginMemory } from "./plugin-memory.ts";

/** One generation, in every thread. */
interface Served {
  readonly ticket: number;
  readonly plugin: StartablePlugin;
  readonly keySets: KeySetSource;
  readonly memory: PluginMemory;
  quarantined: boolean;
}

export interface FleetHostOptions {
  readonly members: ReadonlySet<Member>;
  /** Starts a plugin where that costs no request. Rejects with the reason when it cannot be started. */
  readonly prove: (ask: StartAsk) => Promise<void>;
  /** A member that came later could not start what the others run. */
  readonly refused: (member: Member, plugin: string, error: unknown) => void;
}

/** How often a plugin may keep threads from coming back within so many milliseconds before it is not run any more. */
const BLAMES = 3;
const BLAME_WINDOW = 60_000;

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
  readonly #blames = new Map<string, number[]>();
  #tickets = 0;

  constructor({ members, prove, refused }: FleetHostOptions) {
    this.#members = members;
    this.#prove = prove;
    this.#refused = refused;
  }

  async start(plugin: StartablePlugin, keySets: KeySetSource): Promise<StartedPlugin> {
    const memory = this.#memories.of(plugin);
    const served: Served = { ticket: ++this.#tickets, plugin, keySets, memory, quarantined: false };
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
    const served = this.#served.get(name);
    if (served !== undefined) this.#keySets.delete(served.ticket);
    this.#served.delete(name);
    this.#blames.delete(name);
    this.#withdraw(name);
  }

  /** The member has ended. */
  left({ id }: Member): void {
    this.#memories.recover(id);
  }

  /** Gives a new member what the others have. */
  async join(member: Member): Promise<void> {
    for (const served of this.#served.values()) {
      if (!served.quarantined) await this.#bring(member, served);
    }
  }

  /** What serves under a name, with what threads say about it. */
  view(name: string, threads: readonly WorkerView[]): RunningPlugin | undefined {
    const served = this.#served.get(name);
    if (served === undefined) return undefined;
    const told = threads.flatMap(({ plugins }) => plugins.filter((plugin) => plugin.name === name));
    const sum = (count: "traps" | "retiring") => told.reduce((total, plugin) => total + plugin[count], 0);
    const { version, plugin } = served.plugin;
    const current = { version, digest: plugin.digest, hooks: plugin.hooks, traps: sum("traps") };
    const { quarantined } = served;
    return { current: quarantined ? undefined : current, retiring: sum("retiring"), quarantined };
  }

  missed(ticket: number, keySet: string): void {
    this.#keySets.get(ticket)?.missed(keySet);
  }

  /** A thread did not come back from the plugin. True: it is not run any more. */
  blame(name: string, now: number): boolean {
    const served = this.#served.get(name);
    // The one that is being started is refused by its start; what serves is not to blame.
    if (served === undefined || this.#starting.has(name)) return false;
    const blames = (this.#blames.get(name) ?? []).filter((at) => now - at < BLAME_WINDOW);
    blames.push(now);
    this.#blames.set(name, blames);
    if (blames.length < BLAMES) return false;
    served.quarantined = true;
    this.#withdraw(name);
    return true;
  }

  /** Where it costs no request first, and then in one thread before the others. */
  async #startIn(warm: Set<Member>, served: Served): Promise<void> {
    const { name } = served.plugin;
    await this.#prove(askOf(served));
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
    const before = this.#served.get(plugin.name);
    if (before !== undefined) this.#keySets.delete(before.ticket);
    this.#served.set(plugin.name, served);
    this.#blames.delete(plugin.name);
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

  /** Starts in one member what the others run. One that cannot serves without it, by its failure policy. */
  async #bring(member: Member, served: Served): Promise<void> {
    try {
      await startOne(member, served);
      await member.ask("commit", { ticket: served.ticket });
    } catch (error) {
      if (error instanceof WorkerGone) throw error;
      this.#refused(member, served.plugin.name, error);
    }
  }

  #discard(warm: ReadonlySet<Member>, ticket: number): void {
    this.#keySets.delete(ticket);
    for (const member of warm) void member.inTurn(() => member.ask("discard", { ticket })).catch(ignore);
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

function askOf({ ticket, plugin, keySets, memory }: Served): StartAsk {
  return { ticket, plugin, keySets: keySets.copies(), memory };
}

function notStarted(name: string, why: string): HeddleError {
  return new HeddleError("START_FAILED", `expected the plugin to start, but ${why}`, { where: name });
}

/** The member ended: the next one is told by `join`. */
function ignore(): void {}
