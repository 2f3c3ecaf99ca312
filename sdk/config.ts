import { json } from "./json";
import { JsonKind } from "./json-kind";
import { JsonValue } from "./json-value";

/**
 * The filter's configuration: the JSON object `spec.config` of its Plugin document, which the proxy has checked against
 * `config.schema.json`. It is a JsonValue: what is absent or of another
 * type gives the fallback. Read it in `configure`, once.
 *
 * @example
 * ```ts
 * import { Action, config, request } from "heddle/sdk";
 *
 * let header = "x-tenant";
 * let tenants: string[] = [];
 *
 * export function configure(): string | null {
 *   header = config.string("header", header);
 *   tenants = config.strings("tenants");
 *   return tenants.length === 0 ? "tenants must name at least one tenant" : null;
 * }
 *
 * export function onRequest(): Action {
 *   request.setHeader(header, tenants[0]);
 *   return Action.Next;
 * }
 * ```
 */
export let config: JsonValue = new JsonValue(JsonKind.Object);

/** Takes over a configuration before the filter's `configure` runs; why it cannot be used, or null. */
export function loadConfig(text: string): string | null {
  const value = text.length === 0 ? new JsonValue(JsonKind.Object) : json.parse(text);
  if (value === null) return "the configuration is not JSON, names a member twice or is nested too deeply";
  if (value.kind !== JsonKind.Object) return "the configuration is not a JSON object";
  config = value;
  return null;
}
