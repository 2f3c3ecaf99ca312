import { SENSITIVE_HEADERS } from "../../sensitive-headers.ts";
import type { Fields, FoundValue } from "../exchange.ts";
import { fieldName } from "./field-grammar.ts";

/** The sensitive header fields that a plugin does not see, in lower case. @param granted those that it may read */
export function hiddenFields(granted: readonly string[] = []): ReadonlySet<string> {
  return new Set(SENSITIVE_HEADERS.filter((name) => !granted.includes(name)));
}

/** The fields of a message as one plugin sees them: what is hidden from it is not there. Names in any case. */
export interface FieldSight {
  get(name: string): string | undefined;
  /** As `get`, to be read before the next call. */
  find(name: string): FoundValue | undefined;
  values(name: string): string[];
  entries(): [name: string, value: string][];
}

const found: FoundValue = { text: "", start: 0, end: 0 };

/** @param hidden lower case */
export function fieldSight(fields: () => Fields, hidden: ReadonlySet<string>): FieldSight {
  return {
    get(name) {
      const { lowerCase, sensitive } = fieldName(name);
      return sensitive && hidden.has(lowerCase) ? undefined : fields().get(lowerCase);
    },
    find(name) {
      const { lowerCase, sensitive } = fieldName(name);
      return sensitive && hidden.has(lowerCase) ? undefined : find(fields(), lowerCase);
    },
    values(name) {
      const { lowerCase, sensitive } = fieldName(name);
      return sensitive && hidden.has(lowerCase) ? [] : fields().values(lowerCase);
    },
    entries() {
      const all = fields().entries();
      return all.some(([name]) => hidden.has(name)) ? all.filter(([name]) => !hidden.has(name)) : all;
    },
  };
}

function find(fields: Fields, lowerCase: string): FoundValue | undefined {
  if (fields.find !== undefined) return fields.find(lowerCase, found) ? found : undefined;
  const text = fields.get(lowerCase);
  if (text === undefined) return undefined;
  found.text = text;
  found.start = 0;
  found.end = text.length;
  return found;
}
