import type { Clock } from "../../telemetry/clock.ts";
import type { LocalHost, StartedPlugin } from "../../wasm/plugin-host.ts";
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
  readonly #names = new Map<number, string>();
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
      memories.learn(plugin.name, memory);
      const copies = new CopiedKeySets(clock, (keySet) => say({ kind: "missed", ticket, keySet }));
      copies.update(keySets);
      this.#started.set(ticket, await host.start(plugin, copies));
      this.#keySets.set(ticket, copies);
      this.#names.set(ticket, plugin.name);
    },
    commit: async ({ ticket }) => {
      const name = this.#names.get(ticket) ?? "";
      await this.#started.get(ticket)?.commit();
      this.#started.delete(ticket);
      const before = this.#serving.get(name);
      if (before !== ticket) this.#forget(before);
      this.#serving.set(name, ticket);
    },
    discard: async ({ ticket }) => {
      this.#started.get(ticket)?.discard();
      this.#started.delete(ticket);
      this.#forget(ticket);
    },
    retire: async ({ plugin }) => {
      this.#means.host.retire(plugin);
      this.#forget(this.#serving.get(plugin));
      this.#serving.delete(plugin);
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

  #forget(ticket: number | undefined): void {
    if (ticket === undefined) return;
    this.#keySets.delete(ticket);
    this.#names.delete(ticket);
  }

  #view(): WorkerView {
    const { host, proxy } = this.#means;
    const plugins = [...this.#serving.keys()].map((name) => {
      const slot = host.slot(name);
      return { name, traps: slot?.current?.traps ?? 0, retiring: slot?.retiring ?? 0 };
    });
    return { clusters: proxy.clusters(), plugins };
  }
}
