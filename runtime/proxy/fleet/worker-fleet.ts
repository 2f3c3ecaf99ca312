import type { Snapshot } from "../../config/snapshot.ts";
import { HeddleError, messageOf } from "../../errors.ts";
import { sharedTicketKeys } from "../../http/tls/ticket-keys.ts";
import { createMetricPool } from "../../telemetry/metric-pool.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { type Admin, startAdmin } from "../admin.ts";
import { type ClusterView, mergeClusters } from "../cluster-view.ts";
import { type PluginView, viewPlugins } from "../plugin-view.ts";
import type { Drained } from "../proxy.ts";
import { EMPTY_SNAPSHOT } from "./empty-snapshot.ts";
import type { Fleet, FleetOptions } from "./fleet.ts";
import { FleetHost } from "./fleet-host.ts";
import { FleetMetrics } from "./fleet-metrics.ts";
import { logHealth } from "./health-log.ts";
import { LineCollector } from "./line-collector.ts";
import { Member, WorkerGone } from "./member.ts";
import type { WorkerView } from "./messages.ts";
import { Ports } from "./ports.ts";
import { Prover } from "./prover.ts";
import { createRecording } from "./recording.ts";
import { Respawn } from "./respawn.ts";
import { LOOK, Watchdog } from "./watchdog.ts";
import { within } from "./within.ts";

/** How long an admin page waits for a thread's answer, and a stop for a thread to end by itself, in milliseconds. */
const VIEW_PATIENCE = 250;
const CLOSE_PATIENCE = 2_000;

/** The main thread of a fleet. */
export class WorkerFleet implements Fleet {
  readonly workers: number;
  readonly host: FleetHost;
  readonly #options: FleetOptions;
  readonly #members = new Set<Member>();
  readonly #pool = createMetricPool();
  readonly #metrics: FleetMetrics;
  readonly #ports = new Ports();
  readonly #watchdog: Watchdog;
  readonly #lines: LineCollector;
  readonly #recording;
  readonly #prover = new Prover(() => this.#create());
  readonly #respawn = new Respawn(() => this.#replace());
  #timer: NodeJS.Timeout | undefined = undefined;
  #admin: Admin | undefined = undefined;
  #state: "starting" | "serving" | "draining" | "closed" = "starting";
  /** What is served, and the same with the ports that the system chose. */
  #snapshot = EMPTY_SNAPSHOT;
  #settled = EMPTY_SNAPSHOT;
  #changing: Promise<unknown> = Promise.resolve();
  #spawned = 0;

  constructor(options: FleetOptions, workers: number) {
    this.#options = options;
    this.workers = workers;
    this.host = new FleetHost({
      members: this.#members,
      // Before anything is served a thread that is lost costs nobody.
      prove: (ask) => (this.#state === "serving" ? this.#prover.prove(ask) : Promise.resolve(undefined)),
      refused: ({ id }, plugin, error) => {
        options.logger.log("error", "plugin refused by one worker", { worker: id, plugin, reason: messageOf(error) });
      },
      health: (plugin, event) => logHealth(options.logger, plugin, event),
    });
    const metrics = createMetrics({ announce: this.#pool.join().take });
    this.#metrics = new FleetMetrics(metrics, {
      live: () => this.#live().length,
      rejected: () => options.rejected?.().length ?? 0,
      lostLines: () => options.accessLog.lost ?? 0,
      ...(options.record && { lostRecords: () => options.record?.lost ?? 0 }),
    });
    this.#lines = new LineCollector(options.accessLog);
    this.#recording = options.record && createRecording(options.record);
    this.#watchdog = new Watchdog(this.#members, (...stuck) => this.#end(...stuck));
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  get adminUrl(): string | undefined {
    return this.#admin?.url;
  }

  get active(): number {
    return this.#live().reduce((sum, { pulse }) => sum + pulse.active, 0);
  }

  async start(): Promise<void> {
    sharedTicketKeys();
    this.#timer = setInterval(() => this.#watchdog.look(performance.now()), LOOK).unref();
    this.#lines.start();
    const joining = Array.from({ length: this.workers }, () => this.#join(this.#spawn()));
    await Promise.all(joining).catch((cause) => {
      throw new HeddleError("PROXY_START", `expected every worker to start, but ${messageOf(cause)}`, { cause });
    });
    this.#admin = await startAdmin({
      host: this.#options.admin.host ?? "127.0.0.1",
      port: this.#options.admin.port,
      state: () => this.#state,
      ready: () => this.ready(),
      plugins: () => this.plugins(),
      arrivals: this.#options.arrivals,
      snapshot: () => this.#snapshot,
      rejected: this.#options.rejected,
      clusters: () => this.clusters(),
      metrics: () => this.metrics(),
      active: () => this.active,
      drain: () => void this.drain(),
    });
  }

  apply(snapshot: Snapshot): Promise<void> {
    const change = this.#changing.then(() => this.#apply(snapshot));
    this.#changing = change.catch(() => {});
    return change;
  }

  async #apply(snapshot: Snapshot): Promise<void> {
    if (this.#isStopping()) return;
    const settled = await this.#ports.settle(snapshot);
    await this.#prepare(settled);
    this.#snapshot = snapshot;
    this.#settled = settled;
    this.#ports.hold(settled);
    // A member that joins meanwhile gets it after what it had been given.
    const adopting = [...this.#members].map((member) => member.inTurn(() => this.#adopt(member, settled)));
    await Promise.allSettled(adopting);
    if (this.#state === "starting") this.#state = "serving";
  }

  /** In every thread that serves, or in none. */
  async #prepare(snapshot: Snapshot): Promise<void> {
    const live = this.#live();
    const prepare = (member: Member) => member.inTurn(() => member.ask("prepare", { snapshot }));
    const results = await Promise.allSettled(live.map(prepare));
    const failed = results.find((each) => each.status === "rejected" && !(each.reason instanceof WorkerGone));
    if (failed?.status !== "rejected") {
      for (const member of live) member.prepared = snapshot;
      return;
    }
    await Promise.allSettled(live.map((member) => member.inTurn(() => member.ask("abandon", {}))));
    throw failed.reason;
  }

  async #adopt(member: Member, snapshot: Snapshot): Promise<void> {
    if (member.state === "gone" || this.#settled !== snapshot) return;
    if (member.prepared !== snapshot) await member.ask("prepare", { snapshot });
    await member.ask("adopt", {});
  }

  address(name: string): { address: string; port: number } {
    const listener = this.#settled.listeners.find((each) => each.name === name);
    if (listener !== undefined) return { address: listener.address, port: listener.port };
    const names = this.#settled.listeners.map((each) => each.name).join(", ") || "none";
    throw new HeddleError("PROXY_START", `expected a listener named ${name}, got ${names}`);
  }

  ready(): boolean {
    if (this.#state !== "serving" || this.#live().length === 0) return false;
    return this.#viewPlugins([]).every((plugin) => plugin.loaded || !plugin.required);
  }

  async plugins(): Promise<PluginView[]> {
    return this.#viewPlugins(await this.#views());
  }

  async clusters(): Promise<ClusterView[]> {
    return mergeClusters((await this.#views()).map(({ clusters }) => clusters));
  }

  metrics(): string {
    this.#metrics.refresh();
    return this.#pool.expose();
  }

  async drain(deadline = 30_000): Promise<Drained> {
    if (this.#state === "closed") return { cut: 0 };
    this.#state = "draining";
    this.#respawn.stop();
    for (const member of this.#members) if (member.state !== "live") void member.terminate();
    const drained = await Promise.all(
      this.#live().map((member) => member.ask("drain", { deadline }).catch(() => NONE)),
    );
    return { cut: drained.reduce((sum, { cut }) => sum + cut, 0) };
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#respawn.stop();
    await this.#changing;
    await Promise.all([this.#prover.close(), ...[...this.#members].map((member) => member.close(CLOSE_PATIENCE))]);
    clearInterval(this.#timer);
    this.#lines.stop();
    await this.#admin?.close();
  }

  #spawn(): Member {
    const member = this.#create();
    this.#members.add(member);
    this.#lines.add(member.lines);
    return member;
  }

  #create(): Member {
    this.#spawned += 1;
    return new Member({
      id: this.#spawned,
      node: this.#options.node,
      reusePort: this.workers > 1,
      record: this.#recording?.setup,
      pool: this.#pool,
      handlers: {
        events: ({ id }, events) => {
          for (const { level, message, details } of events) {
            this.#options.logger.log(level, message, { ...details, worker: id });
          }
        },
        missed: (ticket, keySet) => this.host.missed(ticket, keySet),
        recorded: (lines, lost) => this.#recording?.take(lines, lost),
        health: (from, ticket, event) => this.host.heard(from, ticket, event),
        gone: (gone, error) => this.#gone(gone, error),
      },
    });
  }

  /** Brings a new thread to where the others are. */
  async #join(member: Member): Promise<void> {
    await member.ready;
    await member.inTurn(async () => {
      await this.host.join(member);
      const settled = this.#settled;
      if (settled !== EMPTY_SNAPSHOT) {
        await member.ask("prepare", { snapshot: settled });
        await member.ask("adopt", {});
      }
      member.state = "live";
    });
  }

  #replace(): void {
    const member = this.#spawn();
    this.#join(member).then(
      () => this.#options.logger.log("info", "worker serves", { worker: member.id }),
      (error: unknown) => {
        this.#options.logger.log("error", messageOf(error), { worker: member.id });
        void member.terminate();
      },
    );
  }

  #end(member: Member, plugin: string | undefined, silent: number): void {
    const { logger } = this.#options;
    member.verdict = "stuck";
    const details = { worker: member.id, plugin, silent: Math.round(silent) };
    logger.log("error", "worker stuck: it is replaced", details);
    if (plugin !== undefined) {
      this.#metrics.blame(plugin);
      this.host.blame(plugin);
    }
    void member.terminate();
    this.#replaceFor("stuck", member);
  }

  #gone(member: Member, thrown: unknown): void {
    const served = this.#members.delete(member);
    this.#lines.remove(member.lines);
    this.host.left(member);
    if (!served || member.verdict !== undefined || this.#isStopping() || this.#state === "starting") return;
    const error = thrown === undefined ? "it ended" : messageOf(thrown);
    this.#options.logger.log("error", "worker crashed: it is replaced", { worker: member.id, error });
    this.#replaceFor("crashed", member);
  }

  #replaceFor(reason: string, { startedAt }: Member): void {
    if (this.#isStopping()) return;
    this.#metrics.replaced(reason);
    this.#respawn.after(performance.now() - startedAt);
  }

  #live(): Member[] {
    return [...this.#members].filter(({ state, verdict }) => state === "live" && verdict === undefined);
  }

  #isStopping(): boolean {
    return this.#state === "draining" || this.#state === "closed";
  }

  /** Of the threads that answer soon. */
  async #views(): Promise<WorkerView[]> {
    const views = await Promise.all(this.#live().map((member) => within(VIEW_PATIENCE, member.ask("view", {}))));
    return views.filter((view) => view !== undefined);
  }

  #viewPlugins(views: readonly WorkerView[]): PluginView[] {
    return viewPlugins(this.#snapshot, (name) => this.host.view(name, views));
  }
}

const NONE: Drained = { cut: 0 };
