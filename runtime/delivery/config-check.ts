import type { ErrorObject } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Manifest } from "../artifact/manifest.ts";
import type { PluginBinding } from "../config/snapshot.ts";
import { HeddleError, messageOf } from "../errors.ts";
import { withinTime } from "./within-time.ts";

const FAULTS_SHOWN = 10;
const FAULT_LENGTH = 300;
/** Objects, lists and values in a schema. */
const SCHEMA_NODES = 20_000;
const SCHEMA_DEPTH = 64;
/** Milliseconds to compile a schema and check one configuration: some ten times what an honest one needs. */
const PATIENCE = 1_000;

/**
 * Checks a plugin's configuration against the JSON Schema (2020-12) of its manifest, before the plugin sees it. A publisher
 * wrote the schema, and a publisher is not trusted with the proxy's time or memory: size, depth and time are bounded.
 * Throws CONFIG_REFUSED with every faulty field, MANIFEST_INVALID for a schema that is none or asks too much.
 */
export function assertConfig(
  { configSchema, name }: Pick<Manifest, "configSchema" | "name">,
  { config, name: where }: Pick<PluginBinding, "config" | "name">,
  patience = PATIENCE,
): void {
  const value = parseConfig(config, where);
  if (configSchema === null) return;
  assertSize(configSchema, name);
  const check = withinTime(patience, () => faultsIn(value, configSchema, name));
  if (check === undefined) throw schemaRefused(`one that is checked within ${patience} ms`, name);
  if (check.result.length === 0) return;
  const faults = check.result.slice(0, FAULTS_SHOWN).map(faultOf);
  throw new HeddleError("CONFIG_REFUSED", `expected the configuration that ${name} describes: ${faults.join("; ")}`, {
    where,
    remedy: "Correct these fields of spec.config.",
  });
}

function parseConfig(config: string, where: string): unknown {
  try {
    return JSON.parse(config);
  } catch (cause) {
    throw new HeddleError("CONFIG_REFUSED", `expected JSON: ${messageOf(cause)}`, { where, cause });
  }
}

function assertSize(schema: object, where: string): void {
  let level: unknown[] = [schema];
  let nodes = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    nodes += level.length;
    if (depth > SCHEMA_DEPTH) throw schemaRefused(`one of at most ${SCHEMA_DEPTH} levels`, where);
    if (nodes > SCHEMA_NODES) throw schemaRefused(`one of at most ${SCHEMA_NODES} nodes`, where);
    level = level.flatMap((node) => (typeof node === "object" && node !== null ? Object.values(node) : []));
  }
}

/** References are not inlined: a small schema must not become a large program. */
function faultsIn(value: unknown, schema: object, where: string): readonly ErrorObject[] {
  const options = { strict: false, validateFormats: false, inlineRefs: false, logger: false } as const;
  const validate = compile(new Ajv2020({ ...options, allErrors: true }), schema, where);
  return validate(value) ? [] : (validate.errors ?? []);
}

function compile(ajv: Ajv2020, schema: object, where: string) {
  // An asynchronous check answers with a promise, which passes for "valid".
  if (Object.hasOwn(schema, "$async")) throw schemaRefused("a JSON Schema, which has no keyword $async", where);
  try {
    return ajv.compile(schema);
  } catch (cause) {
    throw schemaRefused(`a JSON Schema: ${printable(messageOf(cause))}`, where, cause);
  }
}

function schemaRefused(expected: string, where: string, cause?: unknown): HeddleError {
  return new HeddleError("MANIFEST_INVALID", `expected configSchema to be ${expected}`, { where, cause });
}

function faultOf({ instancePath, message, keyword, params }: ErrorObject): string {
  const place = `spec.config${instancePath.replaceAll("/", ".")}`;
  if (keyword === "additionalProperties")
    return printable(`${place} has the unknown field '${params.additionalProperty}'`);
  if (keyword === "enum") return printable(`${place} must be one of ${params.allowedValues.join(", ")}`);
  return printable(`${place} ${message ?? keyword}`);
}

/** The schema's own words, cut and without what a terminal or log would act upon. */
function printable(text: string): string {
  const cut = text.length > FAULT_LENGTH ? `${text.slice(0, FAULT_LENGTH)}…` : text;
  return cut.replace(/[^\x20-\x7e…]/g, "?");
}
