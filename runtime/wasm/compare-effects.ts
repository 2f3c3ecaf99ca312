/** One thing that two runs did differently. */
export interface EffectDifference {
  /** `verdict`, `status`, `request.x-user`, `attributes.tenant` … */
  readonly field: string;
  /** Undefined where only the other run has it; null for a header that was removed. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Every field in which two runs over the same exchange differ, by `Effects` of each; none when they are equal. */
export function compareEffects(before: object, after: object): EffectDifference[] {
  const [old, now] = [new Map(leaves(before, "")), new Map(leaves(after, ""))];
  const fields = [...new Set([...old.keys(), ...now.keys()])];
  return fields
    .map((field) => ({ field, before: old.get(field), after: now.get(field) }))
    .filter((pair) => pair.before !== pair.after);
}

function leaves(record: object, prefix: string): [field: string, value: unknown][] {
  return Object.entries(record).flatMap(([name, value]) => {
    const field = `${prefix}${name}`;
    return typeof value === "object" && value !== null ? leaves(value, `${field}.`) : [[field, value] as const];
  }) as [string, unknown][];
}
