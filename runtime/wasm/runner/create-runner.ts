import { NEXT } from "../verdict.ts";
import type { Instance } from "./instance.ts";
import { WARM } from "./pool.ts";
import { createPooledRunner, type PooledRunnerOptions } from "./pooled-runner.ts";
import type { Runner } from "./runner.ts";
import { createSerialRunner } from "./serial-runner.ts";

export interface CreateRunnerOptions extends PooledRunnerOptions {
  /** Whether the plugin's hooks may sleep. */
  readonly sleeps: boolean;
}

/**
 * The runner that a plugin needs: only one whose hooks may sleep pays for that. Its first instances are started one in a
 * turn: what else the thread serves waits for one start, not for all of them.
 *
 * @throws what `start` throws
 */
export async function createRunner({ start, ...options }: CreateRunnerOptions): Promise<Runner> {
  const warm: Instance[] = [];
  for (let left = atFirst(options); left > 0; left--) {
    warm.push(start());
    await new Promise((resolve) => setImmediate(resolve));
  }
  return runnerOf({ start: () => warm.pop() ?? start(), ...options });
}

/** How many instances a runner starts at once. */
function atFirst({ sleeps, hooks, limits }: Omit<CreateRunnerOptions, "start">): number {
  if (!sleeps) return 2;
  return Math.min(WARM, limits.instances) + (hooks.includes("on-log") ? 2 : 0);
}

function runnerOf({ sleeps, ...options }: CreateRunnerOptions): Runner {
  if (!sleeps) return createSerialRunner(options);
  const pooled = createPooledRunner(options);
  if (!options.hooks.includes("on-log")) return withLog(pooled, undefined);
  return withLog(pooled, createSerialRunner(options));
}

/** `on-log` runs when its exchange goes, on an instance that never sleeps. */
function withLog(pooled: ReturnType<typeof createPooledRunner>, log: Runner | undefined): Runner {
  return {
    run(hook, exchange, piece) {
      if (hook !== "on-log") return pooled.run(hook, exchange, piece);
      return log?.run(hook, exchange) ?? NEXT;
    },
    release: (exchange) => pooled.release(exchange),
    close() {
      pooled.close();
      log?.close();
    },
    get traps() {
      return pooled.traps + (log?.traps ?? 0);
    },
    get memorySize() {
      return pooled.memorySize + (log?.memorySize ?? 0);
    },
  };
}
