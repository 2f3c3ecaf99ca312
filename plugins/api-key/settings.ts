import { config, crypto, HashAlgorithm } from "heddle/sdk";
import { Keyring } from "./keyring";
import { Recent } from "./recent";

/** The configuration, as `configure` left it. */
export class Settings {
  /** `header`, `query` or `cookie`. */
  place: string = "";
  /** Of the header, query parameter or cookie. */
  name: string = "";
  keyring: Keyring = new Keyring();
  recent: Recent = new Recent(new Uint8Array(16));
  strip: bool = false;
  /** Empty: the backend is not told. */
  consumerHeader: string = "";
  challenge: string = "";
}

/** Reads the configuration into `settings`; the answer is why it is refused, or null. */
export function readSettings(settings: Settings): string | null {
  settings.place = config.string("in", "header");
  settings.name = config.string("name", "x-api-key");
  settings.strip = config.bool("strip");
  settings.consumerHeader = config.string("consumerHeader").toLowerCase();
  const realm = config.string("realm");
  settings.challenge = realm.length === 0 ? "ApiKey" : 'ApiKey realm="' + realm + '"';
  return problemWith(settings, realm) || readKeys(settings);
}

function problemWith(settings: Settings, realm: string): string | null {
  const place = settings.place;
  if (place !== "header" && place !== "query" && place !== "cookie") {
    return "in: expected header, query or cookie, got " + place;
  }
  if (settings.name.length === 0) return "name: expected the name of a " + place;
  if (place === "query" && settings.strip) return "strip: a key in the query cannot be kept from the backend";
  if (place === "header" && settings.name.toLowerCase() === settings.consumerHeader) {
    return "consumerHeader: " + settings.consumerHeader + " carries the key itself";
  }
  if (realm.includes('"') || realm.includes("\\")) return 'realm: expected no " and \\';
  return null;
}

function readKeys(settings: Settings): string | null {
  const entries = config.list("keys");
  if (entries.length === 0) return "keys: list at least one";
  for (let i = 0; i < entries.length; i++) {
    const consumer = entries[i].string("consumer");
    if (consumer.length === 0) return "keys: every key needs a consumer";
    const wrong = settings.keyring.add(consumer, entries[i].string("sha256"));
    if (wrong !== null) return "keys: " + wrong;
  }
  // Random bytes would be an import that not every proxy has.
  settings.recent = new Recent(crypto.digest(HashAlgorithm.Sha256, settings.keyring.bytes));
  return null;
}
