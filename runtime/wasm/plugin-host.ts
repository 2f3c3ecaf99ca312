import { createGeneration, type GenerationOptions } from "./generation.ts";
import type { KeySetSource } from "./services/key-sets.ts";
import type { HostServices } from "./services.ts";
import { createSlot, type Slot } from "./slot.ts";

/** A plugin under one configuration, checked and compiled, that can be started wherever there are services. Plain data. */
export type StartablePlugin = Omit<GenerationOptions, "services">;

/** A generation that is warm and does not serve yet. One of the two is called, once. */
export interface StartedPlugin {
  /** New exchanges run it. Resolves when that is so everywhere. */
  commit(): Promise<void>;
  discard(): void;
}

/** A place that runs plugins: this thread, or several. */
export interface PluginHost {
  /**
   * Starts a generation beside the one that serves: everywhere, or nowhere.
   *
   * @throws IMPORT_NOT_GRANTED, START_FAILED, CONFIG_REFUSED
   */
  start(plugin: StartablePlugin, keySets: KeySetSource): Promise<StartedPlugin>;
  /** What runs under this name ends with its last exchange. */
  retire(name: string): void;
}

export interface LocalHost extends PluginHost {
  /** By the plugin's name; undefined before its first generation and after it was retired. */
  slot(name: string): Slot | undefined;
}

/** Runs plugins in this thread. */
export function createLocalHost(services: Omit<HostServices, "keySets">): LocalHost {
  const slots = new Map<string, Slot>();
  return {
    slot: (name) => slots.get(name),
    async start(plugin, keySets) {
      const generation = await createGeneration({ ...plugin, services: { ...services, keySets } });
      return {
        async commit() {
          const slot = slots.get(plugin.name) ?? createSlot(plugin.name);
          slots.set(plugin.name, slot);
          slot.swap(generation);
        },
        discard: () => generation.close(),
      };
    },
    retire(name) {
      slots.get(name)?.close();
      slots.delete(name);
    },
  };
}
