import { HeddleError } from "../errors.ts";
import type { HealthEvent, Quarantine } from "../wasm/health/quarantine.ts";
import { type Backoff, createBackoff, pause } from "./backoff.ts";
import { createFitting, type Fitting, type InstallationMeans, type Running } from "./fitting.ts";
import type { LastGood } from "./last-good.ts";
import { currentIdentity, type Order } from "./order.ts";
import { isTransient, type PluginState, type PluginStatus } from "./plugin-status.ts";

/** Keeps what runs in step with the newest order for one Plugin document. */
export interface Installation {
  /**
   * Resolves when the newest order runs or has failed; never rejects. A failure leaves what serves in place and is tried
   * again by itself if it may pass. An order that differs in nothing swaps nothing.
   */
  want(order: Order | undefined): Promise<void>;
  status(): PluginStatus;
  /** What the cache has to keep for a restart. */
  readonly lastGood: LastGood | undefined;
  close(): Promise<void>;
}

interface Work {
  readonly name: string;
  readonly fitting: Fitting;
  readonly means: InstallationMeans;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  wanted: Order | undefined;
  /** An order that was refused for good: it is not tried twice. */
  rejected: { readonly identity: string; readonly failure: HeddleError } | undefined;
  /** How the last tries ended. */
  failing: { readonly message: string; readonly tries: number } | undefined;
  /** Why what runs is not run at the moment. */
  quarantined: HeddleError | undefined;
  /** One piece of work at a time. */
  working: Promise<void>;
  retrying: boolean;
  status: Pick<PluginStatus, "state" | "error" | "tries" | "since">;
}

export function createInstallation(name: string, means: InstallationMeans): Installation {
  const stop = new AbortController();
  const onHealth = (event: HealthEvent, serving: Running) => heard(work, event, serving);
  const fitting = createFitting(name, { ...means, signal: stop.signal, onHealth });
  const work: Work = {
    ...{ name, fitting, means, backoff: createBackoff(means.retry), signal: stop.signal },
    ...{ wanted: undefined, rejected: undefined, failing: undefined, quarantined: undefined },
    ...{ working: Promise.resolve(), retrying: false },
    status: { state: "waiting", error: undefined, tries: 0, since: means.clock.now() },
  };
  return {
    get lastGood() {
      return fitting.lastGood;
    },
    want: (order) => want(work, order),
    status: () => statusOf(work),
    async close() {
      stop.abort();
      await work.working;
      fitting.close();
      means.host.retire(name);
    },
  };
}

function want(work: Work, order: Order | undefined): Promise<void> {
  const before = [work.wanted?.identity, work.fitting.running?.ordered];
  if (work.wanted?.identity !== order?.identity) work.failing = undefined;
  work.wanted = order;
  // At once, so that no report says that a newer state runs before anything was done about it.
  if (order !== undefined && !before.includes(order.identity)) report(work, "loading");
  return resume(work);
}

function resume(work: Work): Promise<void> {
  work.working = work.working.then(() => tryNewest(work));
  return work.working;
}

/** Works until the newest order has been tried; an order that came meanwhile replaces the one before. */
async function tryNewest(work: Work): Promise<void> {
  await work.fitting.recall();
  let tried: Order | undefined;
  do {
    tried = work.wanted;
    if (tried === undefined && work.fitting.running === undefined) report(work, "waiting");
    else if (tried === undefined) reportRunning(work);
    else await consider(work, tried);
  } while (work.wanted !== tried && !work.signal.aborted);
}

async function consider(work: Work, order: Order): Promise<void> {
  const identity = await currentIdentity(order);
  const { rejected } = work;
  if (identity === work.fitting.running?.identity) return reportRunning(work);
  if (identity === rejected?.identity) return report(work, "rejected", rejected.failure);
  work.rejected = undefined;
  await prepareReversion(work, order);
  work.quarantined = undefined;
  const failure = await work.fitting.fit(order);
  if (failure !== undefined) return refuse(work, order, failure);
  work.backoff.reset();
  work.failing = undefined;
  if (!isRejected(work, identity)) reportRunning(work);
}

/** It may be by now: it was reverted before all threads had it. */
function isRejected({ rejected }: Work, identity: string): boolean {
  return rejected?.identity === identity;
}

/** After a restart nothing is there to go back to but what was last good. */
async function prepareReversion({ fitting }: Work, order: Order): Promise<void> {
  if (order.binding.failurePolicy === "previous" && fitting.running === undefined) await fitting.fallBack(order);
}

/** It serves, unless it is quarantined: then it is tried again, not by delivery but where it runs. */
function reportRunning(work: Work): void {
  report(work, work.quarantined === undefined ? "running" : "failed", work.quarantined);
}

/** What was reverted is rejected for good: it is not installed again. */
function heard(work: Work, event: HealthEvent, serving: Running): void {
  if (event.kind === "released") {
    work.quarantined = undefined;
    reportRunning(work);
    return;
  }
  const failure = quarantineError(work.name, event.quarantine);
  if (event.reverted) {
    work.rejected = { identity: serving.identity, failure };
    report(work, "rejected", failure);
  } else {
    work.quarantined = failure;
    reportRunning(work);
  }
}

function quarantineError(where: string, { version, code, detail }: Quarantine): HeddleError {
  return new HeddleError(
    "PLUGIN_QUARANTINED",
    `version ${version} faulted too often, the last time by ${code}: ${detail}`,
    {
      where,
    },
  );
}

async function refuse(work: Work, order: Order, failure: HeddleError): Promise<void> {
  const { name, fitting, means } = work;
  const { code, message: reason, where } = failure;
  const transient = isTransient(failure);
  if (!transient) work.rejected = { identity: await currentIdentity(order), failure };
  if (isNews(work, failure)) means.log("warn", "plugin refused", { plugin: name, code, reason, where });
  if (fitting.running === undefined) await fitting.fallBack(order);
  report(work, transient ? "failed" : "rejected", failure);
  if (transient && !work.retrying) void retry(work);
}

/** Each failure of an order is told once; tries that end with it again are counted. */
function isNews(work: Work, failure: HeddleError): boolean {
  const message = failure.describe();
  const tries = work.failing?.message === message ? work.failing.tries + 1 : 1;
  work.failing = { message, tries };
  return tries === 1;
}

async function retry(work: Work): Promise<void> {
  work.retrying = true;
  await pause(work.backoff.next(), work.signal);
  work.retrying = false;
  if (!work.signal.aborted) await resume(work);
}

function report(work: Work, state: PluginState, error?: HeddleError): void {
  const { status, means } = work;
  const failure = error && { code: error.code, message: error.describe() };
  const changed = state !== status.state || failure?.message !== status.error?.message;
  const tries = failure !== undefined && failure.message === work.failing?.message ? work.failing.tries : 0;
  work.status = { state, error: failure, tries, since: changed ? means.clock.now() : status.since };
  means.onChange();
}

function statusOf({ name, status, wanted, fitting: { running } }: Work): PluginStatus {
  const target = wanted?.target;
  const digest = target?.kind === "registry" ? target.manifest : target?.digest;
  return { name, ...status, version: running?.version, digest: running?.digest, wanted: digest };
}
