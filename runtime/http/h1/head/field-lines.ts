import type { FieldList } from "../../fields.ts";
import { inOnePiece } from "../latin1.ts";
import { HeadFields } from "./head-fields.ts";
import type { HeadTable } from "./head-table.ts";
import { LAST_HOP } from "./tokenizer/layout.ts";
import { WELL_KNOWN, wellKnown } from "./well-known.ts";

const STARTS: readonly string[] = WELL_KNOWN.map((name) => inOnePiece(`${name}: `));

/** RFC 9110 5.1 and 5.5. Characters above 255 would become other bytes, CR and LF among them. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The lines of fields, each with its CRLF, a character per byte. Lines of a head that nobody changed are as they came.
 * Left out are hop-by-hop fields (RFC 9110 7.6.1), `content-length`, `transfer-encoding`, `host` and `expect`, which
 * the codec writes where they belong. Undefined where a name or a value must not go out (RFC 9110 5.1, 5.5): the last
 * guard behind filters and configuration.
 */
export function fieldLines(fields: FieldList): string | undefined {
  if (!(fields instanceof HeadFields)) return written("", fields.raw, 0);
  if (fields.replacement !== undefined) return written("", fields.replacement.raw, 0);
  const lines = fields.isChanged ? patched(fields) : copied(fields.table);
  const { added, readyCount } = fields;
  if (added === undefined || lines === undefined) return lines;
  const before = readyCount === 0 ? lines : lines + fields.readyLines;
  return added.length === readyCount ? before : written(before, added, readyCount);
}

function copied(table: HeadTable): string {
  const { head, dropCount } = table;
  let lines = "";
  let from = table.lineStart(0);
  for (let i = 0; i < dropCount; i++) {
    const start = table.dropStart(i);
    if (start > from) lines += head.slice(from, start);
    from = table.dropEnd(i);
  }
  const end = table.lineStart(table.count);
  return end > from ? lines + head.slice(from, end) : lines;
}

/** Neighbouring lines that stand as they came are copied as one range. */
function patched(fields: HeadFields): string | undefined {
  const { table } = fields;
  let lines = "";
  let from = table.lineStart(0);
  for (let i = 0; i < table.count; i++) {
    const change = fields.changeOf(i);
    const dropped = table.isDropped(i);
    if (change === undefined && !dropped) continue;
    const start = table.lineStart(i);
    if (start > from) lines += table.text(from, start);
    from = table.lineStart(i + 1);
    if (dropped || change === null || change === undefined) continue;
    if (!VALUE.test(change)) return undefined;
    lines += `${table.nameOf(i)}: ${change}\r\n`;
  }
  const end = table.lineStart(table.count);
  return end > from ? lines + table.text(from, end) : lines;
}

/** @param from the first of the strings to be written */
function written(before: string, raw: readonly string[], from: number): string | undefined {
  let lines = before;
  let doubtful = "";
  let count = 0;
  for (let i = from; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const id = wellKnown(name);
    // The codec writes fields of framing, connection and target itself.
    if (id > 0 && id <= LAST_HOP) continue;
    const start = id > 0 ? STARTS[id] : startOf(name);
    if (start === undefined) return undefined;
    const value = raw[i + 1] as string;
    lines += start;
    lines += value;
    lines += "\r\n";
    if (value.length < SHORT && isPrintable(value)) continue;
    doubtful += value;
    doubtful += "\r\n";
    count += 1;
  }
  return count === 0 || linesExpression(count).test(doubtful) ? lines : undefined;
}

/** Below this many characters a loop is faster than the expression. */
const SHORT = 32;

/** Printable ASCII alone; what else a value may hold is left to the expression. */
function isPrintable(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

/** How lines of names begin that are not well known; when there are too many, all are forgotten. */
const MAX_STARTS = 256;
const LONGEST_START = 64;
const starts = new Map<string, string>();

/** Undefined for a name that must not go out. */
function startOf(name: string): string | undefined {
  const known = starts.get(name);
  if (known !== undefined) return known;
  if (!NAME.test(name)) return undefined;
  if (name.length > LONGEST_START) return `${name}: `;
  if (starts.size >= MAX_STARTS) starts.clear();
  const start = inOnePiece(`${name}: `);
  starts.set(inOnePiece(name), start);
  return start;
}

const expressions: RegExp[] = [];

/**
 * Matches so many lines whose values hold no line break and nothing else that they must not: a value with one would make
 * a line more. One expression over all lines costs 200 ns where one for each of five values costs 450.
 */
function linesExpression(count: number): RegExp {
  const known = expressions[count];
  if (known !== undefined) return known;
  const made = new RegExp(`^(?:[\\t\\x20-\\x7e\\x80-\\xff]*\\r\\n){${count}}$`);
  if (count < 256) expressions[count] = made;
  return made;
}
