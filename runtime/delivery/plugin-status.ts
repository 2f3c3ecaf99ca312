import type { Code, HeddleError } from "../errors.ts";

/**
 * `running`: what is wanted serves. `loading`: it is being fetched or warmed. `waiting`: the desired state names no
 * version. `rejected`: what is wanted was refused, for good. `failed`: it could not be had for now and is tried again.
 * Whatever the state, `version` and `digest` name what serves meanwhile.
 */
export type PluginState = "waiting" | "loading" | "running" | "rejected" | "failed";

export interface PluginStatus {
  /** `namespace/name` of the Plugin document. */
  readonly name: string;
  readonly state: PluginState;
  /** Of the plugin that serves. */
  readonly version: string | undefined;
  /** Of the image manifest that serves; of the component for a local file. */
  readonly digest: string | undefined;
  /** What should serve, where it is known by digest. */
  readonly wanted: string | undefined;
  readonly error: { readonly code: Code; readonly message: string } | undefined;
  /** How often what is wanted was tried, to end with this error; 0 without one. */
  readonly tries: number;
  /** When the state began, in milliseconds since the epoch. */
  readonly since: number;
}

/** Failures that another try may not meet. */
const TRANSIENT: ReadonlySet<Code> = new Set([
  "REGISTRY_UNREACHABLE",
  "REGISTRY_DENIED",
  "ARTIFACT_UNKNOWN",
  "ARTIFACT_TRUNCATED",
  "SIGNATURE_MISSING",
  "STORE_FULL",
]);

export function isTransient({ code }: HeddleError): boolean {
  return TRANSIENT.has(code);
}
