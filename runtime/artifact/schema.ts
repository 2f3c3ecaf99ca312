/** Runtime checks of JSON from outside: an ajv schema becomes a function that returns the value or throws every fault. */

import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { type Code, HeddleError } from "../errors.ts";

const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, validateFormats: false });

/** RFC 3339 timestamps, for `pattern`. */
export const TIMESTAMP = "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)$";
/** sha256 digests, for `pattern`. */
export const DIGEST = "^sha256:[0-9a-f]{64}$";
/** Semantic Versioning 2.0.0, without build metadata: OCI tags cannot hold `+`. */
export const SEMVER =
  "^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(-(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(\\.(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?$";

const FAULTS_SHOWN = 20;

export type Check<T> = (value: unknown, where?: string) => T;

/**
 * @param schema draft-07
 * @param code thrown when the value does not follow the schema; the message names every faulty field
 */
export function compileSchema<T>(schema: object, what: string, code: Code): Check<T> {
  let validate: ValidateFunction<T> | undefined;
  return (value, where) => {
    // Most processes check few of all the kinds that there are.
    validate ??= ajv.compile<T>(schema);
    if (validate(value)) return value;
    throw new HeddleError(code, `${what}: ${faultsOf(validate.errors ?? [])}.`, { where });
  };
}

/** Parses JSON text, then checks it. */
export function parseJson<T>(text: Uint8Array | string, check: Check<T>, code: Code, where?: string): T {
  return check(decodeJson(text, code, where), where);
}

/** Strict UTF-8, strict JSON. */
export function decodeJson(text: Uint8Array | string, code: Code, where?: string): unknown {
  try {
    return JSON.parse(typeof text === "string" ? text : new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch (cause) {
    throw new HeddleError(code, `Expected JSON: ${cause instanceof Error ? cause.message : cause}.`, { where, cause });
  }
}

function faultsOf(errors: readonly ErrorObject[]): string {
  const faults = errors.slice(0, FAULTS_SHOWN).map((error) => `${placeOf(error)} ${messageOf(error)}`);
  if (errors.length > FAULTS_SHOWN) faults.push(`and ${errors.length - FAULTS_SHOWN} more`);
  return faults.join("; ");
}

function placeOf(error: ErrorObject): string {
  const path = error.instancePath.slice(1).replaceAll("/", ".").slice(0, 200);
  return path === "" ? "the document" : path;
}

function messageOf(error: ErrorObject): string {
  const { params } = error;
  if (error.keyword === "additionalProperties") return `has the unknown field '${params.additionalProperty}'`;
  if (error.keyword === "enum") return `must be one of ${params.allowedValues.join(", ")}`;
  if (error.keyword === "const") return `must be ${JSON.stringify(params.allowedValue)}`;
  return error.message ?? `fails '${error.keyword}'`;
}
