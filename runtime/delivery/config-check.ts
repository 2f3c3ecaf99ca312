import type { ErrorObject } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Manifest } from "../artifact/manifest.ts";
import type { PluginBinding } from "../config/snapshot.ts";
import { HeddleError, messageOf } from "../errors.ts";

const FAULTS_SHOWN = 10;

/**
 * Checks a plugin's configuration against the JSON Schema (2020-12) of its manifest, before the plugin sees it.
 * Throws CONFIG_REFUSED with every faulty field, MANIFEST_INVALID for a schema that is none.
 */
export function assertConfig({ configSchema, name }: Manifest, { config, name: where }: PluginBinding): void {
  const value = parseConfig(config, where);
  if (configSchema === null) return;
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false, logger: false });
  const validate = compile(ajv, configSchema, name);
  if (validate(value)) return;
  const faults = (validate.errors ?? []).slice(0, FAULTS_SHOWN).map(faultOf);
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

function compile(ajv: Ajv2020, schema: object, where: string) {
  try {
    return ajv.compile(schema);
  } catch (cause) {
    throw new HeddleError("MANIFEST_INVALID", `expected configSchema to be a JSON Schema: ${messageOf(cause)}`, {
      where,
      cause,
    });
  }
}

function faultOf({ instancePath, message, keyword, params }: ErrorObject): string {
  const place = `spec.config${instancePath.replaceAll("/", ".")}`;
  if (keyword === "additionalProperties") return `${place} has the unknown field '${params.additionalProperty}'`;
  if (keyword === "enum") return `${place} must be one of ${params.allowedValues.join(", ")}`;
  return `${place} ${message ?? keyword}`;
}
