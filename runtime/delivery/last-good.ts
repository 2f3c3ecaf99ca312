import type { DesiredPlugin } from "../artifact/desired.ts";
import type { Digest } from "../artifact/digest.ts";
import { compileSchema, DIGEST } from "../artifact/schema.ts";
import { isHeddleError } from "../errors.ts";
import type { Cache } from "./cache.ts";
import type { Installed } from "./install.ts";
import type { Order } from "./order.ts";

/** What last ran well under one Plugin document. It is a pointer, not a proof: all of it is verified again. */
export interface LastGood {
  readonly repository: string;
  readonly manifest: Digest;
  readonly entry: DesiredPlugin | null;
  readonly bundles: readonly Digest[];
  /** Config and component. */
  readonly blobs: readonly Digest[];
  readonly sourceMap?: Digest | null;
}

const digests = { type: "array", maxItems: 64, items: { type: "string", pattern: DIGEST } };
const checkLastGood = compileSchema<LastGood>(
  {
    type: "object",
    required: ["repository", "manifest", "entry", "bundles", "blobs"],
    properties: {
      repository: { type: "string" },
      manifest: { type: "string", pattern: DIGEST },
      entry: { type: ["object", "null"] },
      bundles: digests,
      blobs: digests,
      sourceMap: { type: ["string", "null"], pattern: DIGEST },
    },
  },
  "The record of the last good plugin",
  "CACHE_CORRUPT",
);

const recordName = (plugin: string) => `plugin ${plugin}`;

/** Undefined when there is none, or none that can be read. */
export async function readLastGood(cache: Cache, plugin: string): Promise<LastGood | undefined> {
  const record = await cache.readRecord(recordName(plugin));
  try {
    return record === undefined ? undefined : checkLastGood(record);
  } catch (error) {
    if (isHeddleError(error)) return undefined;
    throw error;
  }
}

/** Contents first, the record last: a process killed in between finds the record before, and all that it names. */
export async function writeLastGood(cache: Cache, order: Order, { parts }: Installed): Promise<LastGood | undefined> {
  const { binding, target } = order;
  if (target.kind === "file") return undefined;
  await cache.keep(parts.image);
  const bundles = await Promise.all(parts.bundles.map((bytes) => cache.keep(bytes)));
  const blobs = await Promise.all(parts.blobs.map((bytes) => cache.keep(bytes)));
  const { repository, manifest, entry = null } = target;
  const sourceMap = parts.sourceMap === undefined ? null : await cache.keep(parts.sourceMap);
  const record = { repository, manifest, entry, bundles, blobs, sourceMap };
  await cache.writeRecord(recordName(binding.name), record);
  return record;
}

/** What ran before is last good again. */
export function rewriteLastGood(cache: Cache, plugin: string, lastGood: LastGood): Promise<void> {
  return cache.writeRecord(recordName(plugin), lastGood);
}

/** Every content that a record needs. */
export function contentsOf({ manifest, bundles, blobs, sourceMap }: LastGood): Digest[] {
  return [manifest, ...bundles, ...blobs, ...(sourceMap ? [sourceMap] : [])];
}
