/** What a plugin says about itself. It travels in the OCI config blob under the key `heddle`; the signature covers it. */

import { SENSITIVE_HEADERS } from "../sensitive-headers.ts";
import { compileSchema, SEMVER } from "./schema.ts";

export const HOOKS = [
  "configure",
  "on-request",
  "on-request-body",
  "on-response",
  "on-response-body",
  "on-log",
  "on-tick",
] as const;
export type Hook = (typeof HOOKS)[number];

/** `arena`: everything a hook allocates goes when it returns. `gc`: the guest collects between hooks. */
export type MemoryMode = "arena" | "gc";

export interface Limits {
  /** Linear memory, in pages of 64 KiB. */
  readonly memoryPages: number;
  /** Wall-clock milliseconds that one hook may take. */
  readonly hookMillis: number;
}

export const DEFAULT_LIMITS: Limits = { memoryPages: 256, hookMillis: 100 };

export interface Manifest {
  /** `[namespace/]name`, lower case. */
  readonly name: string;
  /** Semantic version without build metadata. */
  readonly version: string;
  readonly description: string;
  /** SPDX expression. */
  readonly license: string;
  readonly author: string;
  /** Version of the package `heddle:policy` that the component was built against. */
  readonly contract: string;
  /** Version of the SDK that built it. */
  readonly sdk: string;
  readonly hooks: readonly Hook[];
  /** Imported interfaces of `heddle:policy`, sorted: all that the plugin can do. */
  readonly capabilities: readonly string[];
  /** JSON Schema of the configuration; null when it takes none. */
  readonly configSchema: Readonly<Record<string, unknown>> | null;
  /** Of the `SENSITIVE_HEADERS`, those that it reads; none without it. */
  readonly sensitiveHeaders?: readonly string[];
  readonly limits: Limits;
  readonly memory: MemoryMode;
}

const NAME = "^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$";
const INTERFACE = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$";
const line = (maxLength: number) => ({ type: "string", maxLength, pattern: "^[^\\u0000-\\u001f\\u007f]*$" });

export const MANIFEST_SCHEMA = {
  type: "object",
  additionalProperties: false,
  required: [
    ...["name", "version", "description", "license", "author", "contract", "sdk"],
    ...["hooks", "capabilities", "configSchema", "limits", "memory"],
  ],
  properties: {
    name: { type: "string", maxLength: 128, pattern: NAME },
    version: { type: "string", maxLength: 64, pattern: SEMVER },
    description: line(1000),
    license: line(200),
    author: line(200),
    contract: { type: "string", maxLength: 64, pattern: SEMVER },
    sdk: { type: "string", maxLength: 64, pattern: SEMVER },
    hooks: { type: "array", minItems: 1, uniqueItems: true, items: { type: "string", enum: HOOKS } },
    capabilities: {
      type: "array",
      maxItems: 64,
      uniqueItems: true,
      items: { type: "string", maxLength: 64, pattern: INTERFACE },
    },
    configSchema: { type: ["object", "null"] },
    sensitiveHeaders: { type: "array", uniqueItems: true, items: { type: "string", enum: SENSITIVE_HEADERS } },
    limits: {
      type: "object",
      additionalProperties: false,
      required: ["memoryPages", "hookMillis"],
      properties: {
        memoryPages: { type: "integer", minimum: 1, maximum: 65536 },
        hookMillis: { type: "integer", minimum: 1, maximum: 60000 },
      },
    },
    memory: { type: "string", enum: ["arena", "gc"] },
  },
};

/** Returns the manifest, or throws MANIFEST_INVALID with every faulty field. */
export const parseManifest = compileSchema<Manifest>(MANIFEST_SCHEMA, "The manifest", "MANIFEST_INVALID");
