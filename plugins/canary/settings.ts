import { config, JsonKind } from "heddle/sdk";
import { Key, Source } from "./key";
import { Side, Split } from "./split";

const MAX_WEIGHT = 1000000;

/** The configuration, as `configure` left it. */
export class Settings {
  split: Split = new Split();
  key: Key = new Key(Source.ClientAddress, "");
  /** Whether a request without the key goes by the weights of the route, not by its client address. */
  leaveToRoute: bool = false;
  salt: string = "";
  /** Empty: there is none. */
  overrideHeader: string = "";
  overrideCookie: string = "";
}

/** Reads the configuration into `settings`; the answer is why it is refused, or null. */
export function readSettings(settings: Settings): string | null {
  settings.salt = config.string("salt");
  settings.overrideHeader = config.string("overrideHeader");
  settings.overrideCookie = config.string("overrideCookie");
  const missing = config.string("missing", "client-address");
  if (missing !== "client-address" && missing !== "route") {
    return "missing: expected client-address or route, got " + missing;
  }
  settings.leaveToRoute = missing === "route";
  const key = readKey();
  if (key === null) return "key: expected client-address, {attribute: NAME}, {header: NAME} or {cookie: NAME}";
  settings.key = key;
  return readSplit(settings.split);
}

function readSplit(split: Split): string | null {
  const entries = config.list("split");
  for (let i = 0; i < entries.length; i++) {
    const name = entries[i].string("name");
    const backend = entries[i].string("backend");
    const weight = entries[i].int("weight", -1);
    if (name.length === 0 || backend.length === 0) return "split: every side needs a name and a backend";
    if (split.named(name) !== null) return "split: two sides are called " + name;
    if (weight < 0 || weight > MAX_WEIGHT) return "split: expected a weight from 0 to 1000000 for " + name;
    split.add(new Side(name, backend, weight));
  }
  return split.isEmpty ? "split: expected a side with a weight above 0" : null;
}

function readKey(): Key | null {
  const key = config.get("key");
  if (key === null || (key.kind === JsonKind.Text && key.text === "client-address")) {
    return new Key(Source.ClientAddress, "");
  }
  if (key.length !== 1) return null;
  const name = key.items[0].text;
  if (name.length === 0) return null;
  if (key.names[0] === "attribute") return new Key(Source.Attribute, name);
  if (key.names[0] === "header") return new Key(Source.Header, name);
  return key.names[0] === "cookie" ? new Key(Source.Cookie, name) : null;
}
