/** Where a byte of compiled code came from. */
export interface SourcePlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export interface SourceMap {
  /** The place of the last mapping at or before a byte offset. */
  placeOf(offset: number): SourcePlace | undefined;
  /** The place of the last mapping at or before a byte offset in a file that counts, if it is not far away. */
  placeNear(offset: number, counts: (file: string) => boolean): SourcePlace | undefined;
}

interface Mapping extends SourcePlace {
  readonly offset: number;
}

/** A map comes unsigned from a registry; the maps of the largest plugins that may be pushed have fewer. */
const MAPPINGS_READ = 500_000;
/** Bytes of code. */
const NEAR = 200;
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * Reads a source map of version 3 (ECMA-426) of a WebAssembly module: its only line's columns are byte offsets. A map
 * that cannot be read maps nothing: it only ever makes a message better.
 */
export function readSourceMap(text: string): SourceMap {
  const mappings = parse(text);
  return {
    placeOf: (offset) => placeOf(mappings[lastBefore(mappings, offset)]),
    placeNear(offset, counts) {
      for (let index = lastBefore(mappings, offset); index >= 0; index--) {
        const mapping = mappings[index] as Mapping;
        if (mapping.offset < offset - NEAR) return undefined;
        if (counts(mapping.file)) return placeOf(mapping);
      }
      return undefined;
    },
  };
}

/** Index of the last mapping at or before an offset, or -1. */
function lastBefore(mappings: readonly Mapping[], offset: number): number {
  let low = 0;
  let high = mappings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((mappings[middle] as Mapping).offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function placeOf(mapping: Mapping | undefined): SourcePlace | undefined {
  return mapping && { file: mapping.file, line: mapping.line, column: mapping.column };
}

function parse(text: string): Mapping[] {
  try {
    const { sources, mappings } = JSON.parse(text) as { sources: unknown[]; mappings: unknown };
    return decode(String(mappings), sources.map(String));
  } catch {
    return [];
  }
}

/** Segments are deltas: generated column, source, source line, source column, name. */
function decode(mappings: string, sources: readonly string[]): Mapping[] {
  const found: Mapping[] = [];
  let offset = 0;
  let source = 0;
  let line = 0;
  let column = 0;
  for (const segment of mappings.split(/[;,]/)) {
    const [byOffset = 0, bySource, byLine = 0, byColumn = 0] = numbers(segment);
    offset += byOffset;
    if (bySource === undefined || !Number.isSafeInteger(offset)) continue;
    source += bySource;
    line += byLine;
    column += byColumn;
    if (found.length === MAPPINGS_READ) break;
    found.push({ offset, file: sources[source] ?? "?", line: line + 1, column: column + 1 });
  }
  const sorted = found.sort((a, b) => a.offset - b.offset);
  return sorted.filter(({ offset }, index) => offset !== sorted[index + 1]?.offset);
}

/** Base64 variable-length quantities: five bits each, lowest first, the sign in the lowest bit of the first. */
function numbers(segment: string): number[] {
  const values: number[] = [];
  let value = 0;
  let shift = 0;
  for (const letter of segment) {
    const digit = BASE64.indexOf(letter);
    value += (digit & 31) * 2 ** shift;
    shift += 5;
    if (digit >= 32) continue;
    values.push(value % 2 === 1 ? -(value - 1) / 2 : value / 2);
    value = 0;
    shift = 0;
  }
  return values;
}
