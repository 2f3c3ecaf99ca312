import type { Fields, FoundValue } from "../exchange.ts";
import { fieldName } from "./field-grammar.ts";

/** Beside a header capability: its `header` for a binding that can do without a string. */
export interface FoundHeader {
  /** The first value of a field, to be read before the next call. */
  found(name: string): FoundValue | undefined;
}

const value: FoundValue = { text: "", start: 0, end: 0 };

export function findField(fields: Fields, name: string): FoundValue | undefined {
  const { lowerCase } = fieldName(name);
  if (fields.find !== undefined) return fields.find(lowerCase, value) ? value : undefined;
  const text = fields.get(lowerCase);
  if (text === undefined) return undefined;
  value.text = text;
  value.start = 0;
  value.end = text.length;
  return value;
}
