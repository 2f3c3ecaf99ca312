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
}

interface Mapping extends SourcePlace {
  readonly offset: number;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * Reads a source map of version 3 (ECMA-426) of a WebAssembly module: its only line's columns are byte offsets. A map
 * that cannot be read maps nothing: it only ever makes a message better.
 */
export function readSourceMap(text: string): SourceMap {
  const mappings = parse(text);
  return {
    placeOf(offset) {
      let low = 0;
      let high = mappings.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((mappings[middle] as Mapping).offset <= offset) low = middle + 1;
        else high = middle;
      }
      const found = mappings[low - 1];
      return found === undefined ? undefined : { file: found.file, line: found.line, column: found.column };
    },
  };
}

function parse(text: string): Mapping[] {
  try {
    const { sources, mappings } = JSON.parse(text) as { sources: string[]; mappings: string };
    return decode(String(mappings), sources);
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
    if (bySource === undefined) continue;
    source += bySource;
    line += byLine;
    column += byColumn;
    found.push({ offset, file: sources[source] ?? "?", line: line + 1, column: column + 1 });
  }
  return found.sort((a, b) => a.offset - b.offset);
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
