import { isDeepStrictEqual } from "node:util";
import type { FieldPath } from "../../config/issue.ts";

/** A value within a JSON document that is not as it should be; undefined stands for none. */
export interface JsonMismatch {
  readonly path: FieldPath;
  readonly wanted: unknown;
  readonly actual: unknown;
}

/** Every value in which two documents differ, as deep as both have the same shape. */
export function jsonMismatches(wanted: unknown, actual: unknown, path: FieldPath = []): JsonMismatch[] {
  if (isDeepStrictEqual(wanted, actual)) return [];
  const [want, have] = [membersOf(wanted), membersOf(actual)];
  if (want === undefined || have === undefined || Array.isArray(wanted) !== Array.isArray(actual)) {
    return [{ path, wanted, actual }];
  }
  const keys = [...new Set([...want.keys(), ...have.keys()])];
  return keys.flatMap((key) => jsonMismatches(want.get(key), have.get(key), [...path, key]));
}

function membersOf(value: unknown): Map<string | number, unknown> | undefined {
  if (Array.isArray(value)) return new Map(value.entries());
  return typeof value === "object" && value !== null ? new Map(Object.entries(value)) : undefined;
}
