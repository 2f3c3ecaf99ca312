import { HeddleError } from "../errors.ts";
import { bindPlugin } from "./bind-plugin.ts";
import type { BodyPiece, Fields, GuestExchange } from "./exchange.ts";
import { HookContext } from "./host/context.ts";
import type { PluginLimits } from "./limits.ts";
import type { CompiledPlugin } from "./plugin.ts";
import { createRunner } from "./runner.ts";
import type { HostServices } from "./services.ts";
import { createStarter } from "./starter.ts";
import { explainTraps } from "./trap.ts";
import { type Hook, NEXT, type Verdict } from "./verdict.ts";

export type BodyUse = "none" | "read" | "edit";

/** One compiled plugin under one configuration, running. */
export interface Generation {
  /** The plugin's version. */
  readonly version: string;
  /** The component's digest. */
  readonly digest: string;
  readonly hooks: ReadonlySet<Hook>;
  /** Hooks that the plugin does not have answer `next`. None of them throws. */
  onRequest(exchange: GuestExchange): Verdict;
  onResponse(exchange: GuestExchange): Verdict;
  /** Of plugins with these hooks only, and for messages with a body: piece by piece, or whole where the head was held so. */
  onRequestBody?(exchange: GuestExchange, piece: BodyPiece): Verdict;
  onResponseBody?(exchange: GuestExchange, piece: BodyPiece): Verdict;
  onRequestTrailers?(exchange: GuestExchange, trailers: Fields): Verdict;
  onResponseTrailers?(exchange: GuestExchange, trailers: Fields): Verdict;
  /** The verdict is `next` or a fault, for the log. */
  onLog(exchange: GuestExchange): Verdict;
  /** The exchange is over: what waits for it is given up. Called once for each exchange that ran a hook. */
  release?(exchange: GuestExchange): void;
  /** What it does to bodies; one that edits is the reason why a length that was promised cannot be kept. */
  readonly bodies?: { readonly request: BodyUse; readonly response: BodyUse };
  /** Fuel that all its hooks have burnt, in units; for its share of a thread. */
  readonly fuelUsed?: number;
  /** Lets the instances go; hooks called afterwards are faults. */
  close(): void;
  /** How often the guest trapped or broke the contract. */
  readonly traps: number;
  /** Bytes of linear memory of the running instance. */
  readonly memorySize: number;
}

export interface GenerationOptions {
  readonly plugin: CompiledPlugin;
  /** For logs, metrics, quota buckets and the store. */
  readonly name: string;
  readonly version: string;
  /** JSON text. */
  readonly config: string;
  /** The interfaces that the plugin may import. */
  readonly grants: readonly string[];
  readonly services: HostServices;
  /** @default PLUGIN_LIMITS */
  readonly limits?: Partial<PluginLimits> | undefined;
  /** `namespace/name:port` of the backends that it may call. @default none */
  readonly backends?: readonly string[] | undefined;
}

/**
 * Starts a plugin: checks its grants, instantiates and configures it, and keeps a second, equally configured instance
 * ready to take over when the first one traps.
 *
 * @throws IMPORT_NOT_GRANTED, START_FAILED, CONFIG_REFUSED
 */
export async function createGeneration(options: GenerationOptions): Promise<Generation> {
  const { plugin, name, version, config, services } = options;
  checkGrants(options);
  const context = new HookContext(name, services);
  const explain = explainTraps(plugin.sourceMap);
  const instantiate = await bindPlugin(plugin);
  const start = createStarter({ instantiate, hooks: plugin.hooks, context, config, explain });
  const runner = createRunner({ start, context, explain });
  const hooks: ReadonlySet<Hook> = new Set(plugin.hooks);
  const [request, response, log] = [hooks.has("on-request"), hooks.has("on-response"), hooks.has("on-log")];
  return {
    version,
    digest: plugin.digest,
    hooks,
    onRequest: (exchange) => (request ? runner.run("on-request", exchange) : NEXT),
    onResponse: (exchange) => (response ? runner.run("on-response", exchange) : NEXT),
    onLog: (exchange) => (log ? runner.run("on-log", exchange) : NEXT),
    close: runner.close,
    get traps() {
      return runner.traps;
    },
    get memorySize() {
      return runner.memorySize;
    },
  };
}

function checkGrants({ plugin, name, grants }: GenerationOptions): void {
  const refused = plugin.capabilities.filter((capability) => !grants.includes(capability));
  if (refused.length === 0) return;
  const granted = grants.length === 0 ? "nothing" : grants.join(", ");
  throw new HeddleError("IMPORT_NOT_GRANTED", `the plugin imports ${refused.join(", ")}, but is granted ${granted}`, {
    where: name,
  });
}
