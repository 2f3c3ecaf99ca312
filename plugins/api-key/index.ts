import { Action, attributes, crypto, HashAlgorithm, request, respond, utf8 } from "heddle/sdk";
import { candidates, strip } from "./candidates";
import { readSettings, Settings } from "./settings";

/** A longer value is no key, and not worth a digest. */
const MAX_KEY_LENGTH = 512;

let settings = new Settings();

export function configure(): string | null {
  settings = new Settings();
  return readSettings(settings);
}

export function onRequest(): Action {
  if (settings.consumerHeader.length > 0) request.removeHeader(settings.consumerHeader);
  const values = candidates(settings.place, settings.name);
  if (values.length > 1) return ambiguous();
  if (values.length === 0 || values[0].length === 0) return refuse("api_key_missing", "An API key is needed");
  const consumer = consumerOf(values[0]);
  if (consumer === null) return refuse("api_key_unknown", "The API key is not known here");
  attributes.set<string>("auth.consumer", consumer);
  attributes.set<string>("auth.subject", consumer);
  if (settings.consumerHeader.length > 0) request.setHeader(settings.consumerHeader, consumer);
  if (settings.strip) strip(settings.place, settings.name);
  return Action.Next;
}

function consumerOf(key: string): string | null {
  if (key.length > MAX_KEY_LENGTH) return null;
  const known = settings.recent.find(key);
  if (known !== null) return known;
  const consumer = settings.keyring.find(crypto.digest(HashAlgorithm.Sha256, utf8.encode(key)));
  if (consumer !== null) settings.recent.keep(consumer);
  return consumer;
}

/** Backend and filter might each take another one. */
function ambiguous(): Action {
  return respond(400)
    .header("cache-control", "no-store")
    .detail("api_key_ambiguous")
    .json('{"error":"ambiguous_api_key","error_description":"More than one API key"}');
}

function refuse(detail: string, description: string): Action {
  return respond(401)
    .header("www-authenticate", settings.challenge)
    .header("cache-control", "no-store")
    .detail(detail)
    .json('{"error":"unauthorized","error_description":"' + description + '"}');
}
