import { config, JsonKind, JsonValue } from "heddle/sdk";
import { KeyPart, Missing, Source } from "./key";

/** The configuration, as `configure` left it, and what follows from it for every request. */
export class Settings {
  name: string = "";
  limit: u32 = 0;
  periodMs: u32 = 0;
  burst: u32 = 0;
  cost: u32 = 0;
  key: KeyPart[] = [];
  missing: Missing = Missing.ClientAddress;
  shadow: bool = false;
  /** How the field with what is left begins: the name as a Structured Field string, and a parameter. */
  limitOpening: string = "";
  policyField: string = "";
  remainingAttribute: string = "";
  resetAttribute: string = "";
  limitedAttribute: string = "";
}

const MAX_PERIOD_SECONDS = 2592000;

/** Reads the configuration into `settings`; the answer is why it is refused, or null. */
export function readSettings(settings: Settings): string | null {
  const limit = config.int("limit");
  const period = config.int("periodSeconds");
  const burst = config.int("burst", limit);
  const cost = config.int("cost", 1);
  if (limit < 1) return "limit: expected a whole number above 0";
  if (period < 1 || period > MAX_PERIOD_SECONDS) return "periodSeconds: expected 1 to 2592000";
  if (burst < 1) return "burst: expected a whole number above 0";
  if (cost < 1) return "cost: expected a whole number above 0";
  if (cost > burst) return "cost: a bucket of " + burst.toString() + " never holds " + cost.toString() + " tokens";
  settings.limit = limit;
  settings.periodMs = <u32>period * 1000;
  settings.burst = burst;
  settings.cost = cost;
  settings.shadow = config.bool("shadow");
  name(settings, config.string("name", "default"), period);
  return readMissing(settings) || readKey(settings);
}

function name(settings: Settings, policy: string, period: i32): void {
  settings.name = policy;
  const item = '"' + policy + '"';
  settings.limitOpening = item + ";r=";
  settings.policyField = item + ";q=" + settings.limit.toString() + ";w=" + period.toString();
  settings.remainingAttribute = "ratelimit." + policy + ".remaining";
  settings.resetAttribute = "ratelimit." + policy + ".reset";
  settings.limitedAttribute = "ratelimit." + policy + ".limited";
}

function readMissing(settings: Settings): string | null {
  const missing = config.string("missing", "client-address");
  if (missing === "client-address") settings.missing = Missing.ClientAddress;
  else if (missing === "shared") settings.missing = Missing.Shared;
  else if (missing === "skip") settings.missing = Missing.Skip;
  else return "missing: expected client-address, shared or skip, got " + missing;
  return null;
}

function readKey(settings: Settings): string | null {
  settings.key = [];
  if (!config.has("key")) settings.key.push(new KeyPart(Source.ClientAddress, ""));
  const parts = config.list("key");
  for (let i = 0; i < parts.length; i++) {
    const part = readPart(parts[i]);
    if (part === null) return "key: expected client-address, route, {attribute: NAME} or {header: NAME}";
    settings.key.push(part);
  }
  return null;
}

function readPart(part: JsonValue): KeyPart | null {
  if (part.kind === JsonKind.Text && part.text === "client-address") return new KeyPart(Source.ClientAddress, "");
  if (part.kind === JsonKind.Text && part.text === "route") return new KeyPart(Source.Route, "");
  const attribute = part.string("attribute");
  const header = part.string("header");
  if (attribute.length > 0 && header.length === 0) return new KeyPart(Source.Attribute, attribute);
  return header.length > 0 && attribute.length === 0 ? new KeyPart(Source.Header, header) : null;
}
