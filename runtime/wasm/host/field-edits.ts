import type { Fields } from "../exchange.ts";
import type { HeadHook } from "../verdict.ts";
import type { HookContext } from "./context.ts";
import { type FieldName, fieldName, isFieldValue } from "./field-grammar.ts";

/** Why an edit was refused; the same cases as `edit` of the interfaces request and response. */
export type Edit = "done" | "bad-name" | "bad-value" | "forbidden" | "too-many";

export interface FieldEdits {
  set(name: string, value: string): Edit;
  add(name: string, value: string): Edit;
  remove(name: string): Edit;
}

/** Edits of the fields of a message, checked. They are open as long as its head is. */
export function fieldEdits(context: HookContext, head: HeadHook, fields: () => Fields): FieldEdits {
  const refuse = (name: FieldName, value: string): Edit | undefined => {
    if (!context.opens(head)) return "forbidden";
    if (name.refusal !== undefined) return name.refusal;
    if (!isFieldValue(value)) return "bad-value";
    return context.budget.edit(name.lowerCase.length + value.length) ? undefined : "too-many";
  };
  return {
    set(text, value) {
      const name = fieldName(text);
      const refusal = refuse(name, value);
      if (refusal !== undefined) return refusal;
      fields().set(name.lowerCase, value);
      return "done";
    },
    add(text, value) {
      const name = fieldName(text);
      const refusal = refuse(name, value);
      if (refusal !== undefined) return refusal;
      fields().add(name.lowerCase, value);
      return "done";
    },
    remove(text) {
      const name = fieldName(text);
      const refusal = refuse(name, "");
      if (refusal !== undefined) return refusal;
      fields().remove(name.lowerCase);
      return "done";
    },
  };
}
