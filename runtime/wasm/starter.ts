import { type Code, HeddleError, isHeddleError } from "../errors.ts";
import type { GuestInstance, Instantiate } from "./abi/guest-instance.ts";
import { createCapabilities } from "./host/capabilities.ts";
import type { HookContext } from "./host/context.ts";
import { idleExchange } from "./host/idle-exchange.ts";
import { printableLine } from "./host/printable-line.ts";
import type { ExplainTrap } from "./trap.ts";
import type { Hook } from "./verdict.ts";

export interface StarterOptions {
  readonly instantiate: Instantiate;
  readonly hooks: readonly Hook[];
  readonly context: HookContext;
  readonly config: string;
  readonly explain: ExplainTrap;
}

const MAX_REASON = 1000;

/**
 * Makes configured instances of a plugin, which share its capabilities.
 *
 * @throws from the starter: START_FAILED, CONFIG_REFUSED, IMPORT_UNKNOWN
 */
export function createStarter({ instantiate, hooks, context, config, explain }: StarterOptions): () => GuestInstance {
  const capabilities = createCapabilities(context);

  const during = <Result>(what: string, step: () => Result): Result => {
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
    const instance = during("started", () => instantiate(capabilities));
    if (!hooks.includes("configure")) return instance;
    const reason = during("configured", () => instance.configure(config));
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
