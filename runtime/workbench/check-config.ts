import type { ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Manifest } from "../artifact/manifest.ts";
import { HeddleError } from "../errors.ts";

const OPTIONS = { allErrors: true, allowUnionTypes: true, logger: false, validateFormats: false } as const;
const texts = new Ajv2020();
/** By schema: a test mounts the same filter again and again. */
const checks = new WeakMap<object, ValidateFunction>();

/** Checks a configuration against the filter's schema, as a proxy does. @throws CONFIG_INVALID */
export function checkConfig({ name, configSchema }: Manifest, config: unknown): void {
  if (configSchema === null) return;
  const check = checks.get(configSchema) ?? compileCheck(configSchema);
  if (check(config)) return;
  const faults = texts.errorsText(check.errors, { dataVar: "config" });
  throw new HeddleError("CONFIG_INVALID", `the configuration does not follow config.schema.json: ${faults}`, {
    where: name,
  });
}

/** With a compiler of its own: two schemas may have the same $id. */
function compileCheck(schema: object): ValidateFunction {
  const check = new Ajv2020(OPTIONS).compile(schema);
  checks.set(schema, check);
  return check;
}
