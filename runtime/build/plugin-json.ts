import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DEFAULT_LIMITS, type Limits, MANIFEST_SCHEMA, type MemoryMode } from "../artifact/manifest.ts";
import { compileSchema, parseJson } from "../artifact/schema.ts";
import { HeddleError } from "../errors.ts";
import { TARGETS, type Target } from "./target.ts";

/** What `plugin.json` says. */
export interface PluginJson {
  readonly name: string;
  /** Semantic version. */
  readonly version: string;
  readonly description: string;
  /** SPDX expression. */
  readonly license: string;
  readonly author: string;
  /** How memory is given back: collected once enough was allocated (`gc`), or reset after every hook (`arena`). */
  readonly memory: MemoryMode;
  readonly limits: Limits;
  /** Of the `SENSITIVE_HEADERS`, those that it reads. */
  readonly sensitiveHeaders?: readonly string[];
  /** What `heddle build` makes unless told otherwise. */
  readonly target: Target;
}

const { name, version, description, license, author, memory, limits, sensitiveHeaders } = MANIFEST_SCHEMA.properties;

const check = compileSchema<Pick<PluginJson, "name" | "version" | "description"> & Partial<PluginJson>>(
  {
    type: "object",
    required: ["name", "version", "description"],
    additionalProperties: false,
    properties: {
      $schema: { type: "string" },
      ...{ name, version, description, license, author, memory, sensitiveHeaders },
      limits: { ...limits, required: [] },
      target: { type: "string", enum: TARGETS },
    },
  },
  "plugin.json",
  "BUILD_PLUGIN_JSON",
);

/** Reads and checks `<folder>/plugin.json`. @throws BUILD_PLUGIN_JSON that names every bad field. */
export async function readPluginJson(folder: string): Promise<PluginJson> {
  const path = join(folder, "plugin.json");
  const said = parseJson(await read(path), check, "BUILD_PLUGIN_JSON", path);
  return {
    name: said.name,
    version: said.version,
    description: said.description,
    license: said.license ?? "",
    author: said.author ?? "",
    memory: said.memory ?? "gc",
    limits: { ...DEFAULT_LIMITS, ...said.limits },
    ...(said.sensitiveHeaders?.length && { sensitiveHeaders: said.sensitiveHeaders }),
    target: said.target ?? "component",
  };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new HeddleError("BUILD_PLUGIN_JSON", "expected a plugin.json, but none can be read", {
      where: path,
      cause,
      remedy: "Create it, or make a new filter with `heddle new`.",
    });
  }
}
