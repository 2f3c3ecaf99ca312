import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { type Issue, show } from "./issue.ts";
import type { Schema } from "./schemas/fields.ts";

const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true });

/** Every way in which documents break a schema, all at once. */
export function compileSchema(schema: Schema): (value: unknown) => Issue[] {
  let validate: ValidateFunction | undefined;
  return (value) => {
    validate ??= ajv.compile(schema);
    return validate(value) ? [] : (validate.errors ?? []).map(toIssue);
  };
}

function toIssue(error: ErrorObject): Issue {
  const path = pointerToPath(error.instancePath);
  const params = error.params as Record<string, unknown>;
  if (error.keyword === "additionalProperties") {
    const known = Object.keys((error.parentSchema as { properties?: object }).properties ?? {});
    const field = String(params.additionalProperty);
    return {
      path: [...path, field],
      at: "key",
      expected: expectedField(field, known),
      got: `the unknown field ${show(field)}`,
    };
  }
  if (error.keyword === "required") {
    const field = String(params.missingProperty);
    const property = (error.parentSchema as { properties?: Record<string, Schema> }).properties?.[field];
    return { path: [...path, field], expected: property ? describeSchema(property) : "a value", got: "nothing" };
  }
  return { path, expected: expectation(error, params), got: show(error.data) };
}

function expectedField(field: string, known: readonly string[]): string {
  const near = known.find((name) => name.toLowerCase() === field.toLowerCase() || isNear(name, field));
  return near ?? `one of ${known.join(", ")}`;
}

/** One edit apart: enough for the usual slip, and never a wild guess. */
function isNear(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1 || long.length < 4) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  const skip = short.length === long.length ? 1 : 0;
  return short.slice(at + skip) === long.slice(at + 1);
}

function expectation(error: ErrorObject, params: Record<string, unknown>): string {
  const limit = String(params.limit);
  switch (error.keyword) {
    case "minItems":
      return `at least ${limit} ${limit === "1" ? "entry" : "entries"}`;
    case "maxItems":
      return `at most ${limit} entries`;
    case "minLength":
      return "a text that is not empty";
    default:
      return describeSchema(error.parentSchema as Schema);
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: "an object",
  array: "a list",
  string: "a text",
  integer: "a whole number",
  boolean: "true or false",
  null: "nothing",
};

/** What a schema asks for, in the words of a person. */
function describeSchema(schema: Schema): string {
  if (typeof schema.description === "string") return schema.description;
  if (Array.isArray(schema.enum)) return schema.enum.join(" | ");
  if ("const" in schema) return show(schema.const);
  if (typeof schema.minimum === "number") return `a whole number from ${schema.minimum} to ${schema.maximum}`;
  const types = [schema.type ?? "value"].flat() as string[];
  return types.map((type) => TYPE_WORDS[type] ?? "a value").join(" or ");
}

function pointerToPath(pointer: string): (string | number)[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^(?:0|[1-9][0-9]*)$/.test(part) ? Number(part) : part));
}
