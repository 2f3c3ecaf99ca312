import { type Code, HeddleError, isHeddleError } from "../errors.ts";
import type { GuestInstance, Instantiate } from "./abi/guest-instance.ts";
import { createCapabilities } from "./host/capabilities.ts";
import { HookContext } from "./host/context.ts";
import { idleExchange } from "./host/idle-exchange.ts";
import type { PluginScope } from "./host/plugin-scope.ts";
import { printableLine } from "./host/printable-line.ts";
import type { StartBudget } from "./meter/start-budget.ts";
import type { Instance } from "./runner/instance.ts";
import type { ExplainTrap } from "./trap.ts";
import type { Hook } from "./verdict.ts";

export interface StarterOptions {
  readonly instantiate: Instantiate;
  readonly hooks: readonly Hook[];
  readonly scope: PluginScope;
  readonly config: string;
  /** Of the start of an instance and its `configure` together. */
  readonly budget: StartBudget;
  readonly explain: ExplainTrap;
}

const MAX_REASON = 1000;

/**
 * Makes configured instances of a plugin.
 *
 * @throws from the starter: START_FAILED, CONFIG_REFUSED, IMPORT_UNKNOWN
 */
export function createStarter({ instantiate, hooks, scope, config, budget, explain }: StarterOptions): () => Instance {
  const during = <Result>(what: string, context: HookContext, guest: GuestInstance | undefined, step: () => Result) => {
    context.begin("configure", idleExchange());
    try {
      return step();
    } catch (thrown) {
      if (isHeddleError(thrown)) throw thrown;
      const { detail } = explain(thrown, context.fault, (guest?.drain() ?? 0) < 0 ? budget.whole : undefined);
      throw failure("START_FAILED", `the plugin failed while it was being ${what}: ${detail}`, context);
    } finally {
      context.end();
    }
  };
  return () => {
    const context = new HookContext(scope);
    const fuel = budget.units;
    const guest = during("started", context, undefined, () => instantiate(createCapabilities(context), fuel));
    scope.services.observe?.(guest);
    const reason = hooks.includes("configure")
      ? during("configured", context, guest, () => guest.configure(config))
      : undefined;
    budget.passed(fuel - guest.drain());
    if (reason === undefined) return { guest, context, startSize: guest.memorySize };
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
