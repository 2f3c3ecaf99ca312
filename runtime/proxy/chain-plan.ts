import type { PluginBinding } from "../config/snapshot.ts";
import { printable } from "../telemetry/access-log.ts";
import type { Lease, Slot } from "../wasm/slot.ts";
import { Chain } from "./chain.ts";
import type { ChainListener } from "./chain-listener.ts";

export type Slots = (plugin: string) => Slot | undefined;

/** Chains and texts beyond these are made anew: there are as many as exchanges under way, as versions in use. */
const MAX_IDLE = 1024;
const MAX_TEXTS = 8;

interface VersionsText {
  readonly versions: readonly (string | undefined)[];
  readonly text: string;
}

/** The filters of a rule, made ready once for all its exchanges. */
export class ChainPlan {
  readonly bindings: readonly PluginBinding[];
  readonly #slots: Slots;
  /** By binding, as they were found last; one that leases nothing may have a successor. */
  readonly #found: (Slot | undefined)[];
  readonly #idle: Chain[] = [];
  #texts: VersionsText[] = [];

  /** @param bindings in the order in which they run */
  constructor(bindings: readonly PluginBinding[], slots: Slots) {
    this.bindings = bindings;
    this.#found = bindings.map(() => undefined);
    this.#slots = slots;
  }

  /** A chain for one exchange, which gives it back by `finish`. */
  open(listener: ChainListener): Chain {
    const chain = this.#idle.pop() ?? new Chain(this);
    chain.listener = listener;
    return chain;
  }

  /** For a chain that has finished. */
  takeBack(chain: Chain): void {
    if (this.#idle.length < MAX_IDLE) this.#idle.push(chain);
  }

  leaseAt(index: number): Lease | undefined {
    return this.#found[index]?.lease() ?? this.#find(index)?.lease();
  }

  /** The same for a plugin that the exchange did not come to, where that wants to be told how it ended. */
  leaseForLog(index: number): Lease | undefined {
    const known = this.#found[index];
    const slot = known?.current === undefined ? this.#find(index) : known;
    return slot?.current?.logsUnreached ? slot.lease() : undefined;
  }

  #find(index: number): Slot | undefined {
    const slot = this.#slots((this.bindings[index] as PluginBinding).name);
    this.#found[index] = slot;
    return slot;
  }

  /** JSON in printable ASCII: the version of each leased plugin by its name. The same versions make the same text, which is made once. */
  versionsText(leases: readonly (Lease | undefined)[]): string {
    for (const known of this.#texts) if (isOf(known, leases)) return known.text;
    const versions = leases.map((lease) => lease?.version);
    const named = this.bindings.map(({ name }, index) => [name, versions[index]] as const);
    const text = printable(JSON.stringify(Object.fromEntries(named)));
    if (this.#texts.length >= MAX_TEXTS) this.#texts = [];
    this.#texts.push({ versions, text });
    return text;
  }
}

function isOf({ versions }: VersionsText, leases: readonly (Lease | undefined)[]): boolean {
  for (let i = 0; i < leases.length; i++) if (leases[i]?.version !== versions[i]) return false;
  return true;
}
