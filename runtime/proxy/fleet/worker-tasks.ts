import type { Clock } from "../../telemetry/clock.ts";
import type { HealthEvent } from "../../wasm/health/quarantine.ts";
import type { LocalHost, StartablePlugin, StartedPlugin } from "../../wasm/plugin-host.ts";
import type { Proxy as DataPlane, PreparedSnapshot } from "../proxy.ts";
import { CopiedKeySets } from "./copied-key-sets.ts";
import { type AskKind, type AskMessage, type Asks, type Notice, plainError, type WorkerView } from "./messages.ts";
import type { KnownMemories } from "./plugin-memory.ts";

export interface WorkerMeans {
  readonly host: LocalHost;
  readonly memories: KnownMemories;
  readonly proxy: DataPlane;
  readonly clock: Clock;
  readonly say: (notice: Notice) => void;
}

type Tasks = { [Kind in AskKind]: (ask: Asks[Kind]["ask"]) => Promise<Asks[Kind]["answer"]> };

/** Does what the main thread asks for, and answers each message once. */
export class WorkerTasks {
  readonly #means: WorkerMeans;
  /** Generations that do not serve yet, by ticket. */
  readonly #started = new Map<number, StartedPlugin>();
  readonly #keySets = new Map<number, CopiedKeySets>();
  /** Ticket of what serves, by plugin. */
  readonly #serving = new Map<string, number>();
  /** Ticket of what would serve in its place. */
  readonly #kept = new Map<string, number>();
  readonly #plugins = new Map<number, Pick<StartablePlugin, "name" | "keepPrevious">>();
  #prepared: PreparedSnapshot | undefined = undefined;

  constructor(means: WorkerMeans) {
    this.#means = means;
  }

  async take(message: AskMessage): Promise<void> {
    const { say } = this.#means;
    try {
      const task = this.#tasks[message.kind] as (ask: AskMessage) => Promise<unknown>;
      say({ kind: "answer", id: message.id, value: await task(message) });
    } catch (thrown) {
      say({ kind: "failure", id: message.id, error: plainError(thrown) });
    }
  }

  readonly #tasks: Tasks = {
    start: async ({ ticket, plugin, keySets, memory }) => {
      const { host, memories, clock, say } = this.#means;
      memories.learn(plugin, memory);
      const copies = new CopiedKeySets(clock, (keySet) => say({ kind: "missed", ticket, keySet }));
      copies.update(keySets);
      const observe = (event: HealthEvent) => {
        if (event.kind === "quarantined" && event.reverted) this.#revert(plugin.name);
        say({ kind: "health", ticket, event });
      };
      const started = await host.start(plugin, copies, observe);
      this.#started.set(ticket, started);
      this.#keySets.set(ticket, copies);
      this.#plugins.set(ticket, plugin);
      return started.startFuel;
    },
    commit: async ({ ticket }) => {
      const { name = "", keepPrevious = false } = this.#plugins.get(ticket) ?? {};
      const healthy = this.#means.host.slot(name)?.current?.quarantine === undefined;
      await this.#started.get(ticket)?.commit();
      this.#started.delete(ticket);
      const before = this.#serving.get(name);
      if (before === ticket) return;
      this.#serving.set(name, ticket);
      if (keepPrevious && !healthy) return this.#forget(before);
      this.#forget(this.#kept.get(name));
      if (keepPrevious && before !== undefined) this.#kept.set(name, before);
      else this.#forget(before);
    },
    discard: async ({ ticket }) => {
      this.#started.get(ticket)?.discard();
      this.#started.delete(ticket);
      this.#forget(ticket);
    },
    retire: async ({ plugin }) => {
      this.#means.host.retire(plugin);
      this.#forget(this.#serving.get(plugin));
      this.#forget(this.#kept.get(plugin));
      this.#serving.delete(plugin);
      this.#kept.delete(plugin);
    },
    isolate: async ({ ticket, quarantine }) => {
      const name = this.#plugins.get(ticket)?.name;
      if (name === undefined || this.#serving.get(name) !== ticket) return;
      if (this.#means.host.isolate(name, quarantine)) this.#revert(name);
    },
    keys: async ({ ticket, keySets }) => this.#keySets.get(ticket)?.update(keySets),
    prepare: async ({ snapshot }) => {
      this.#prepared = await this.#means.proxy.prepare(snapshot);
    },
    adopt: async () => {
      this.#prepared?.commit();
      this.#prepared = undefined;
    },
    abandon: async () => {
      await this.#prepared?.discard();
      this.#prepared = undefined;
    },
    view: async () => this.#view(),
    drain: ({ deadline }) => this.#means.proxy.drain(deadline),
    close: () => this.#means.proxy.close(),
  };

  #revert(name: string): void {
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    this.#forget(this.#serving.get(name));
    this.#serving.set(name, kept);
    this.#kept.delete(name);
  }

  #forget(ticket: number | undefined): void {
    if (ticket === undefined) return;
    this.#keySets.delete(ticket);
    this.#plugins.delete(ticket);
  }

  #view(): WorkerView {
    const { host, proxy } = this.#means;
    const plugins = [...this.#serving.keys()].map((name) => {
      const slot = host.slot(name);
      const { traps = 0, shed = 0, fuelUsed = 0, started = 0 } = slot?.current ?? {};
      return { name, traps, shed, fuelUsed, started, retiring: slot?.retiring ?? 0 };
    });
    return { clusters: proxy.clusters(), plugins };
  }
}
