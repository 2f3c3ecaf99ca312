import type { Fields } from "../../../exchange.ts";
import type { Pair } from "../pairs.ts";

/** Every name once, its values joined by commas. */
export function joined(entries: readonly Pair[]): Pair[] {
  const values = new Map<string, string>();
  for (const [name, value] of entries) {
    const known = values.get(name);
    values.set(name, known === undefined ? value : `${known},${value}`);
  }
  return [...values];
}

export function sizeOf(fields: Fields | undefined): number {
  return (fields?.entries() ?? []).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

/** What the head says of its body's length. */
export function announcedLength(fields: Fields): number | undefined {
  const text = fields.get("content-length");
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
