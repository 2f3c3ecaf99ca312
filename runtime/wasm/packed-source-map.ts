import { deflateRawSync, inflateRawSync } from "node:zlib";

/** A source map that nobody may ever ask for: what is needed of it, deflated, in memory that threads share. */
export type PackedSourceMap = Uint8Array;

/** Undefined for a text that is no source map. */
export function packSourceMap(text: string): PackedSourceMap | undefined {
  const needed = neededOf(text);
  if (needed === undefined) return undefined;
  const deflated = deflateRawSync(needed);
  const packed = new Uint8Array(new SharedArrayBuffer(deflated.length));
  packed.set(deflated);
  return packed;
}

/** A source map of version 3, without the sources' text. */
export function unpackSourceMap(packed: PackedSourceMap): string {
  return inflateRawSync(packed).toString();
}

function neededOf(text: string): string | undefined {
  try {
    const { sources, mappings } = JSON.parse(text) as Record<string, unknown>;
    const isMap = Array.isArray(sources) && typeof mappings === "string";
    return isMap ? JSON.stringify({ version: 3, sources, mappings }) : undefined;
  } catch {
    return undefined;
  }
}
