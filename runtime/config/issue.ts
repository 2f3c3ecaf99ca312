/** A field of a document that is not as it should be. */
export interface Issue {
  /** From the top of the document: `["spec", "rules", 0, "matches"]`. */
  readonly path: FieldPath;
  /** What the field should be: `Exact | PathPrefix | RegularExpression`. */
  readonly expected: string;
  /** What came, in words; left out where `expected` says it all. */
  readonly got?: string;
  /** `key` points at the field's name (an unknown field), `value` at what it holds. */
  readonly at?: "key" | "value";
}

export type FieldPath = readonly (string | number)[];

/** `spec.rules[0].matches[0].path.type` */
export function fieldPath(path: FieldPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const name = /^[A-Za-z_$][\w$-]*$/.test(part) ? part : JSON.stringify(part);
    return text === "" ? name : `${text}.${name}`;
  }, "");
}

const SHOWN = 60;

/** A value as an error message shows it: short, on one line. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

export function describeIssue(issue: Issue): string {
  const where = issue.path.length === 0 ? "" : `${fieldPath(issue.path)}: `;
  return `${where}expected ${issue.expected}${issue.got === undefined ? "" : `, got ${issue.got}`}`;
}
