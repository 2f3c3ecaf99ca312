import { type SdkUse, usesOf } from "../sdk-uses.ts";

/** What a filter for this target finds in the member `heddle` of its configuration, in place of what its host knows. */
export interface HostSettings {
  readonly keySets: boolean;
  readonly backends: boolean;
}

export function hostSettingsOf(uses: readonly SdkUse[]): HostSettings {
  return {
    keySets: usesOf(uses, "crypto.verify", "crypto.hmac"),
    backends: usesOf(uses, "routing.backends", "routing.chooseBackend"),
  };
}

type Schema = Readonly<Record<string, unknown>>;

const KEY_SETS = {
  description: "JWK Sets (RFC 7517) by name.",
  type: "object",
  additionalProperties: { type: "object", required: ["keys"], properties: { keys: { type: "array" } } },
};
const BACKENDS = {
  description:
    "The clusters that may be chosen: a list of those that are called like backends, or clusters by backend.",
  type: ["array", "object"],
};

/** The schema of a filter's configuration with the member `heddle`, where the filter has a use for it. */
export function withHostSettings(schema: Schema | null, uses: readonly SdkUse[]): Schema | null {
  const { keySets, backends } = hostSettingsOf(uses);
  if (schema === null || !(keySets || backends)) return schema;
  const properties = { ...(keySets && { keySets: KEY_SETS }), ...(backends && { backends: BACKENDS }) };
  const heddle = { type: "object", additionalProperties: false, properties };
  return { ...schema, properties: { ...(schema.properties as Schema | undefined), heddle } };
}
