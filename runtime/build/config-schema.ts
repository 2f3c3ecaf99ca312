import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { HeddleError, messageOf } from "../errors.ts";

/**
 * Reads `<folder>/config.schema.json`, the JSON Schema (2020-12) of the filter's configuration.
 *
 * @returns null when the filter has none.
 * @throws BUILD_PLUGIN_JSON when it is not JSON or not a JSON Schema.
 */
export async function readConfigSchema(folder: string): Promise<Record<string, unknown> | null> {
  const path = join(folder, "config.schema.json");
  const text = await readOptional(path);
  if (text === undefined) return null;
  try {
    const schema = JSON.parse(text) as Record<string, unknown>;
    new Ajv2020({ strict: true, allowUnionTypes: true, logger: false }).compile(schema);
    return schema;
  } catch (cause) {
    const problem = `expected a JSON Schema (2020-12), but ${messageOf(cause)}`;
    throw new HeddleError("BUILD_PLUGIN_JSON", problem, { where: path, cause });
  }
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new HeddleError("BUILD_PLUGIN_JSON", `cannot read it: ${messageOf(cause)}`, { where: path, cause });
  }
}
