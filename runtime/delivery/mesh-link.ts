import type { DesiredState } from "../artifact/desired.ts";
import type { TrustedKey } from "../artifact/keys.ts";
import { type Code, HeddleError, isHeddleError, messageOf } from "../errors.ts";
import { packageVersion } from "../package.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { Cache } from "./cache.ts";
import type { DeliveryLogger } from "./delivery-logger.ts";
import { createDesiredStore } from "./desired-store.ts";
import { createMeshApi, type MeshAddress } from "./mesh-api.ts";
import type { PluginStatus } from "./plugin-status.ts";
import { createReporter } from "./reporter.ts";
import { type Watch, watchDesired } from "./watch.ts";

/** What a proxy knows about its mesh. */
export interface MeshStatus {
  readonly mesh: string;
  readonly connected: boolean;
  /** Of the accepted desired state; 0 before the first. */
  readonly seq: number;
  /** Why the newest state was refused, or why there is no connection. */
  readonly error: { readonly code: Code; readonly message: string } | undefined;
}

/** The wire between one proxy and the control plane of its mesh. No failure here touches a plugin that runs. */
export interface MeshLink {
  /** The newest accepted state. */
  desired(): DesiredState | undefined;
  /** The trusted keys are known or have changed: restores, asks for and judges the desired state; starts the watch. */
  trustChanged(): Promise<void>;
  /** Reports to the registry, soon. */
  statusChanged(): void;
  status(): MeshStatus;
  close(): Promise<void>;
}

export interface MeshLinkOptions {
  readonly registry: MeshAddress;
  readonly proxyId: string;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly logger: DeliveryLogger;
  readonly retry?: BackoffOptions;
  readonly trusted: () => readonly TrustedKey[];
  readonly status: () => readonly PluginStatus[];
  /** A newer state was accepted. */
  readonly onDesired: () => void;
}

export function createMeshLink(options: MeshLinkOptions): MeshLink {
  const { registry, proxyId, cache, clock, logger, trusted, retry } = options;
  const api = createMeshApi(registry);
  const store = createDesiredStore({ cache, mesh: registry.mesh, clock });
  const where = { mesh: registry.mesh, registry: api.url };
  let watch: Watch | undefined;
  let connected = false;
  let disconnection: HeddleError | undefined;
  let refusal: { error: HeddleError; envelope: unknown } | undefined;
  const reporter = createReporter({
    send: () => api.report(reportOf()),
    onFailure: (error) => logger.warn({ ...where, reason: messageOf(error) }, "status not reported"),
    ...(retry && { retry }),
  });

  function reportOf() {
    const error = refusal && { code: refusal.error.code, detail: refusal.error.message };
    const plugins = options.status().map(({ error: failure, ...rest }) => ({
      ...rest,
      error: failure && { code: failure.code, detail: failure.message },
    }));
    return {
      proxy: proxyId,
      agentVersion: packageVersion,
      seq: store.state?.seq ?? 0,
      digest: store.digest,
      error,
      plugins,
    };
  }

  /** Takes an envelope if it verifies, and acts on it if it is newer. */
  async function judge(envelope: unknown): Promise<void> {
    try {
      const newer = await store.accept(envelope, trusted());
      refusal = undefined;
      if (newer) options.onDesired();
      reporter.poke();
    } catch (error) {
      refuse(error, envelope);
    }
  }

  function refuse(thrown: unknown, envelope: unknown): void {
    const error = isHeddleError(thrown)
      ? thrown
      : new HeddleError("STATE_REFUSED", messageOf(thrown), { cause: thrown });
    refusal = { error, envelope };
    logger.warn({ ...where, code: error.code, reason: error.message }, "desired state refused");
    reporter.poke();
  }

  /** Only a proxy that has nothing yet waits for the registry. */
  async function start(): Promise<void> {
    await store.restore(trusted()).catch((error: unknown) => refuse(error, undefined));
    if (store.state === undefined) await ask();
    watch = watchDesired({
      url: api.watchUrl(proxyId),
      token: registry.token,
      ...(retry && { backoff: retry }),
      onConnection,
      async onDesired(message) {
        await judge((message as { envelope?: unknown } | null)?.envelope);
      },
    });
  }

  async function ask(): Promise<void> {
    try {
      const envelope = await api.desired();
      if (envelope !== undefined) await judge(envelope);
    } catch (error) {
      logger.warn({ ...where, reason: messageOf(error) }, "registry not reached");
    }
  }

  function onConnection(next: { connected: boolean; error?: HeddleError }): void {
    if (next.connected !== connected) logger.info({ ...where, connected: next.connected }, "watch");
    connected = next.connected;
    disconnection = next.error;
    if (connected) reporter.poke();
  }

  return {
    desired: () => store.state,
    async trustChanged() {
      if (watch === undefined) return start();
      if (refusal?.envelope !== undefined) await judge(refusal.envelope);
    },
    statusChanged: () => reporter.poke(),
    status() {
      const error = refusal?.error ?? disconnection;
      const failure = error && { code: error.code, message: error.describe() };
      return { mesh: registry.mesh, connected, seq: store.state?.seq ?? 0, error: failure };
    },
    async close() {
      await watch?.close();
      await reporter.close();
      await api.close();
    },
  };
}
