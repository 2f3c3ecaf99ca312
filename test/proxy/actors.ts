import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import { createGeneration, type Generation } from "../../runtime/wasm/generation.ts";
import { type CompiledPlugin, compilePlugin } from "../../runtime/wasm/plugin.ts";
import { createQuota } from "../../runtime/wasm/services/quota.ts";
import { createStore } from "../../runtime/wasm/services/store.ts";
import { createSlot, type Slot } from "../../runtime/wasm/slot.ts";

/** What the actor of `fixtures/actor` does in each hook. */
export interface Act {
  request?: "next" | "respond" | "deny" | "trap";
  response?: "next" | "respond" | "trap";
  log?: "next" | "trap";
  backend?: string;
}

let compiled: Promise<CompiledPlugin> | undefined;

async function compileActor(): Promise<CompiledPlugin> {
  const folder = new URL("./fixtures/actor", import.meta.url).pathname;
  return compilePlugin((await buildPlugin({ folder })).component);
}

export interface Stage {
  readonly slots: (plugin: string) => Slot | undefined;
  readonly slot: (plugin: string) => Slot;
  /** What the actors logged, in order. */
  readonly said: string[];
  generation(name: string, act: Act, version?: string): Promise<Generation>;
}

/** Real guests in real slots, one per name. */
export async function stage(cast: Readonly<Record<string, Act>>): Promise<Stage> {
  const said: string[] = [];
  const clock = manualClock();
  const services = {
    clock,
    log: ({ message }: { message: string }) => void said.push(message),
    metrics: { count() {}, gauge() {}, observe() {} },
    keySets: { get: () => undefined },
    quota: createQuota({ clock }),
    store: createStore({ clock }),
    random: (bytes: number) => new Uint8Array(bytes),
  };
  compiled ??= compileActor();
  const plugin = await compiled;
  const generation = (name: string, act: Act, version = "1.0.0") =>
    createGeneration({
      ...{ plugin, name, version, services, grants: plugin.capabilities },
      config: JSON.stringify({ name, ...act }),
    });
  const slots = new Map<string, Slot>();
  for (const [name, act] of Object.entries(cast)) {
    const slot = createSlot(name);
    slot.swap(await generation(name, act));
    slots.set(name, slot);
  }
  return { said, generation, slots: (name) => slots.get(name), slot: (name) => slots.get(name) as Slot };
}
