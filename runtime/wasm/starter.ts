import { type Code, HeddleError, isHeddleError } from "../errors.ts";
import type { Instantiate } from "./abi/guest-instance.ts";
import { createCapabilities } from "./host/capabilities.ts";
import { HookContext } from "./host/context.ts";
import { idleExchange } from "./host/idle-exchange.ts";
import type { PluginScope } from "./host/plugin-scope.ts";
import { printableLine } from "./host/printable-line.ts";
import type { Instance } from "./runner/instance.ts";
import type { ExplainTrap } from "./trap.ts";
import type { Hook } from "./verdict.ts";

export interface StarterOptions {
  readonly instantiate: Instantiate;
  readonly hooks: readonly Hook[];
  readonly scope: PluginScope;
  readonly config: string;
  readonly explain: ExplainTrap;
}

const MAX_REASON = 1000;

/**
 * Makes configured instances of a plugin.
 *
 * @throws from the starter: START_FAILED, CONFIG_REFUSED, IMPORT_UNKNOWN
 */
export function createStarter({ instantiate, hooks, scope, config, explain }: StarterOptions): () => Instance {
  const during = <Result>(what: string, context: HookContext, step: () => Result): Result => {
    context.begin("configure", idleExchange());
    try {
      return step();
    } catch (thrown) {
      if (isHeddleError(thrown)) throw thrown;
      const { detail } = explain(thrown, context.fault);
      throw failure("START_FAILED", `the plugin failed while it was being ${what}: ${detail}`, context);
    } finally {
      context.end();
    }
  };
  return () => {
    const context = new HookContext(scope);
    const guest = during("started", context, () => instantiate(createCapabilities(context)));
    const instance = { guest, context };
    if (!hooks.includes("configure")) return instance;
    const reason = during("configured", context, () => guest.configure(config));
    if (reason === undefined) return instance;
    throw failure(
      "CONFIG_REFUSED",
      `the plugin refused its configuration: ${printableLine(reason, MAX_REASON)}`,
      context,
    );
  };
}

function failure(code: Code, message: string, { plugin }: HookContext): HeddleError {
  return new HeddleError(code, message, { where: plugin });
}
