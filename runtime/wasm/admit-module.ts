import { sha256 } from "../artifact/digest.ts";
import type { ModuleLimits } from "./admission/judge-limits.ts";
import { judgeModule } from "./admission/judge-module.ts";
import type { ModuleFacts } from "./admission/module-facts.ts";
import { meterModule } from "./meter/meter-module.ts";
import type { OffsetMap } from "./meter/offset-map.ts";

/** A core module that an engine may see. */
export interface AdmittedModule {
  /** What was found in the module that was given; as an outline, without what the meter exports (`METER_EXPORTS`). */
  readonly facts: ModuleFacts;
  /** For the engine: the metered module. */
  readonly bytes: Uint8Array;
  /** Places in `bytes`, as stacks have them, to places in what was given. */
  readonly offsets: OffsetMap;
}

/** Of admission and meter: what was kept of another one is of no use. */
const VERSION = 2;
/** Bytes of metered modules that are kept. */
const KEPT = 32 << 20;

const kept = new Map<string, AdmittedModule>();

/**
 * Judges and meters a core module. What was admitted last is kept: many plugins are one module under several
 * configurations, and a start that failed is tried again.
 *
 * @throws COMPONENT_INVALID, ADMISSION_REFUSED
 */
export function admitModule(bytes: Uint8Array, limits: ModuleLimits): AdmittedModule {
  const key = `${VERSION} ${limits.memoryPages} ${limits.tableElements} ${sha256(bytes)}`;
  const admitted = kept.get(key) ?? admit(bytes, limits);
  kept.delete(key);
  kept.set(key, admitted);
  forget();
  return admitted;
}

function admit(bytes: Uint8Array, limits: ModuleLimits): AdmittedModule {
  const facts = judgeModule(bytes, limits);
  return { facts, ...meterModule(facts, limits) };
}

/** The modules that were not asked for the longest go first. */
function forget(): void {
  let size = 0;
  for (const { bytes } of kept.values()) size += bytes.length * 2;
  for (const [key, { bytes }] of kept) {
    if (size <= KEPT || kept.size === 1) return;
    kept.delete(key);
    size -= bytes.length * 2;
  }
}
