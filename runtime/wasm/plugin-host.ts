import { fuelWorth } from "./fuel-worth.ts";
import { type Aside, createGeneration, type Generation, type GenerationOptions } from "./generation.ts";
import { GuardedGeneration } from "./health/guarded-generation.ts";
import type { HealthEvent, Quarantine } from "./health/quarantine.ts";
import { PLUGIN_LIMITS } from "./limits.ts";
import type { KeySetSource } from "./services/key-sets.ts";
import type { HostServices, LogLevel } from "./services.ts";
import { showFuel } from "./show-fuel.ts";
import { createSlot, type Slot } from "./slot.ts";

/** A plugin under one configuration, checked and compiled, that can be started wherever there are services. Plain data. */
export interface StartablePlugin extends Omit<GenerationOptions, "services" | "aside"> {
  /** The generation that it replaces stays warm, and serves again when this one is quarantined. @default false */
  readonly keepPrevious?: boolean;
  /** Lines of its log below it are not written. @default info */
  readonly logLevel?: LogLevel | undefined;
  /** Whether what an exchange's hooks burn stands in its attribute `heddle.fuel`: for its author. @default false */
  readonly showsFuel?: boolean | undefined;
}

/** A generation that is warm and does not serve yet. One of the two is called, once. */
export interface StartedPlugin {
  /** New exchanges run it. Resolves when that is so everywhere. */
  commit(): Promise<void>;
  discard(): void;
  /** Units of fuel that its first start has burnt; undefined where that is not known. */
  readonly startFuel?: number | undefined;
}

/** A place that runs plugins: this thread, or several. */
export interface PluginHost {
  /**
   * Starts a generation beside the one that serves: everywhere, or nowhere.
   *
   * @param observe told what becomes of it once it serves
   * @throws IMPORT_NOT_GRANTED, START_FAILED, CONFIG_REFUSED
   */
  start(plugin: StartablePlugin, keySets: KeySetSource, observe?: (event: HealthEvent) => void): Promise<StartedPlugin>;
  /** What runs under this name ends with its last exchange. */
  retire(name: string): void;
}

export interface LocalHost extends PluginHost {
  /** By the plugin's name; undefined before its first generation and after it was retired. */
  slot(name: string): Slot | undefined;
  /** Quarantine that was decided elsewhere; nobody is told. True: the generation before it serves in its place. */
  isolate(name: string, quarantine: Quarantine): boolean;
}

/** How many times longer than it is given the slowest code takes for its fuel. */
const SLOWER = 2;

/** Runs plugins in this thread. */
export function createLocalHost(services: Omit<HostServices, "keySets">): LocalHost {
  const slots = new Map<string, Slot>();
  const guards = new WeakMap<Generation, GuardedGeneration>();
  return {
    slot: (name) => slots.get(name),
    async start(plugin, keySets, observe) {
      const slotOf = () => slots.get(plugin.name) ?? createSlot(plugin.name);
      const aside: Aside = {
        run: (run) => guard.run(run),
        count: (callback, verdict) => guard.count(callback, verdict),
      };
      const fuelPerMilli = await fuelWorth(plugin.fuelPerMilli);
      const own = { ...services, keySets, logLevel: plugin.logLevel ?? services.logLevel ?? "info" };
      const created = await createGeneration({ ...plugin, fuelPerMilli, services: own, aside });
      const generation = plugin.showsFuel ? showFuel(created) : created;
      const guard: GuardedGeneration = new GuardedGeneration(generation, {
        share: {
          share: plugin.limits?.share ?? PLUGIN_LIMITS.share,
          slowest: fuelPerMilli / SLOWER,
          neighbours: services.load && { load: services.load, own: () => slots.get(plugin.name)?.released ?? 0 },
        },
        exhaustions: plugin.limits?.exhaustions,
        clock: services.clock,
        random: () => uniform(services.random(4)),
        onQuarantine(quarantine) {
          const serves = slots.get(plugin.name)?.current === guard;
          const reverted = serves && slotOf().revert(quarantine);
          observe?.({ kind: "quarantined", quarantine, reverted });
        },
        onRelease: () => observe?.({ kind: "released" }),
      });
      guards.set(guard, guard);
      return {
        async commit() {
          const slot = slotOf();
          slots.set(plugin.name, slot);
          slot.swap(guard, plugin.keepPrevious);
        },
        discard: () => guard.close(),
        startFuel: guard.startFuel,
      };
    },
    isolate(name, quarantine) {
      const slot = slots.get(name);
      const current = slot?.current;
      if (slot?.revert(quarantine)) return true;
      if (current !== undefined) guards.get(current)?.isolate(quarantine);
      return false;
    },
    retire(name) {
      slots.get(name)?.close();
      slots.delete(name);
    },
  };
}

function uniform(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32;
}
