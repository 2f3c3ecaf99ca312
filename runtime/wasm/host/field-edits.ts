import type { Fields } from "../exchange.ts";
import type { Budget } from "./budget.ts";
import { isFieldName, isFieldValue, isForbidden } from "./field-grammar.ts";

/** Why an edit was refused; the same cases as `edit` of the interfaces request and response. */
export type Edit = "done" | "bad-name" | "bad-value" | "forbidden" | "too-many";

export interface FieldEdits {
  set(name: string, value: string): Edit;
  add(name: string, value: string): Edit;
  remove(name: string): Edit;
}

/** Edits of the fields of a message, checked. `open` says whether the running hook may still edit it. */
export function fieldEdits(open: () => boolean, fields: () => Fields, budget: () => Budget): FieldEdits {
  const refuse = (name: string, value: string): Edit | undefined => {
    if (!open() || isForbidden(name)) return "forbidden";
    if (!isFieldName(name)) return "bad-name";
    if (!isFieldValue(value)) return "bad-value";
    return budget().edit(name.length + value.length) ? undefined : "too-many";
  };
  return {
    set(name, value) {
      const refusal = refuse(name, value);
      if (refusal !== undefined) return refusal;
      fields().set(name, value);
      return "done";
    },
    add(name, value) {
      const refusal = refuse(name, value);
      if (refusal !== undefined) return refusal;
      fields().add(name, value);
      return "done";
    },
    remove(name) {
      const refusal = refuse(name, "");
      if (refusal !== undefined) return refusal;
      fields().remove(name);
      return "done";
    },
  };
}
